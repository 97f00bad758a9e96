"""The veraPDF harness can say no, and cannot say yes without having looked.

Every other PDF test trusts ``validate``. These tests hold it against one small page that both
standards accept, and against the same page with one thing taken away.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from tests import verapdf

from . import _engine, _verdict, java_command, validate

# A filled square in a calibrated grey, tagged as a figure: with no text there is no font, and with
# no device colour no colour profile, that would have to be embedded.
_CONTENT = b"/Figure <</MCID 0>> BDC /Gray cs 0.5 sc 10 10 80 80 re f EMC"

# PDF/A knows no property of PDF/UA, so a file that claims both has to describe it as an extension.
_METADATA = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
    xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
    xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
  <dc:title><rdf:Alt><rdf:li xml:lang="x-default">A square</rdf:li></rdf:Alt></dc:title>
  <pdfaid:part>3</pdfaid:part>
  <pdfaid:conformance>A</pdfaid:conformance>
  <pdfuaid:part>1</pdfuaid:part>
  <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
    <pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
    <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
    <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
    <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
      <pdfaProperty:name>part</pdfaProperty:name>
      <pdfaProperty:valueType>Integer</pdfaProperty:valueType>
      <pdfaProperty:category>internal</pdfaProperty:category>
      <pdfaProperty:description>The part of PDF/UA</pdfaProperty:description>
    </rdf:li></rdf:Seq></pdfaSchema:property>
  </rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def _page() -> Pdf:
    """Build the smallest document that is both PDF/UA-1 and PDF/A-3a."""
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=(100, 100))
    gray = Array([Name.CalGray, Dictionary(WhitePoint=[0.9505, 1, 1.089])])
    page.obj.Resources = Dictionary(ColorSpace=Dictionary(Gray=gray))
    page.obj.Contents = pdf.make_stream(_CONTENT)
    page.obj.StructParents = 0

    tree = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    document = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=tree))
    figure = pdf.make_indirect(
        Dictionary(
            Type=Name.StructElem,
            S=Name.Figure,
            P=document,
            Pg=page.obj,
            K=0,
            Alt=String("A grey square"),
            A=Dictionary(O=Name.Layout, Placement=Name.Block, BBox=[10, 10, 90, 90]),
        )
    )
    document.K = Array([figure])
    tree.K = Array([document])
    tree.ParentTree = pdf.make_indirect(Dictionary(Nums=Array([0, Array([figure])])))

    pdf.Root.StructTreeRoot = tree
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    pdf.Root.Lang = String("en")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    pdf.Root.Metadata = pdf.make_stream(_METADATA, Type=Name.Metadata, Subtype=Name.XML)
    return pdf


def _without_tags(pdf: Pdf) -> None:
    """Leave the page as it looks and take its structure away."""
    del pdf.Root.StructTreeRoot
    del pdf.Root.MarkInfo
    page = pdf.pages[0].obj
    del page.StructParents
    page.Contents = pdf.make_stream(b"/Gray cs 0.5 sc 10 10 80 80 re f")


def _without_language(pdf: Pdf) -> None:
    del pdf.Root.Lang


def _save(folder: Path, name: str, damage: Callable[[Pdf], None] | None = None) -> Path:
    path = folder / f"{name}.pdf"
    with _page() as pdf:
        if damage:
            damage(pdf)
        pdf.save(path, deterministic_id=True)
    return path


def test_only_the_damaged_pages_are_refused(tmp_path: Path) -> None:
    good = _save(tmp_path, "good")
    # The name has to survive the way to java and back.
    untagged = _save(tmp_path, "ohne \u00dcberschrift \u0639", _without_tags)
    mute = _save(tmp_path, "mute", _without_language)

    verdicts = validate([good, untagged, mute])

    assert [(v.file, v.profile, v.compliant) for v in verdicts] == [
        (good, "ua1", True),
        (good, "3a", True),
        (untagged, "ua1", False),
        (untagged, "3a", False),
        (mute, "ua1", False),
        (mute, "3a", True),
    ]
    for verdict in verdicts:
        assert verdict.checks > 0
        assert bool(verdict.failures) is not verdict.compliant

    # The clauses that ask for tags at all, in ISO 14289-1 and in ISO 19005-3.
    failures = {(v.file, v.profile): "\n".join(v.failures) for v in verdicts}
    assert "clause 7.1 test 3: Content is neither marked" in failures[untagged, "ua1"]
    assert "clause 7.1 test 11: StructTreeRoot" in failures[untagged, "ua1"]
    assert "clause 6.7.3.3 test 1: StructTreeRoot" in failures[untagged, "3a"]
    assert "clause 7.2 test 22: Natural language" in failures[mute, "ua1"]


def test_many_files_keep_their_own_verdicts(tmp_path: Path) -> None:
    """Nothing that veraPDF remembers of one file may show in the verdict on the next."""
    damages = [None, _without_tags, None, None, _without_language, _without_tags, None, None, None]
    files = [_save(tmp_path, str(n), damage) for n, damage in enumerate(damages)]

    verdicts = validate(files, ["ua1"])

    assert [v.file for v in verdicts] == files
    assert [v.compliant for v in verdicts] == [damage is None for damage in damages]


def test_a_file_without_a_verdict_is_an_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nnot a PDF")

    with pytest.raises(RuntimeError, match=r"could not check .*broken\.pdf"):
        validate([_save(tmp_path, "good"), broken], ["ua1"])
    # And whoever asks next is answered, by the same java.
    assert [v.compliant for v in validate([_save(tmp_path, "next")], ["ua1"])] == [True]


def test_a_java_that_dies_is_an_error_and_the_next_file_has_another(tmp_path: Path) -> None:
    good = _save(tmp_path, "good")
    dying = _engine(("ua1",))
    dying._process.kill()
    with pytest.raises(RuntimeError, match="gave no verdict"):
        dying.answers(str(good))
    assert [v.compliant for v in validate([good], ["ua1"])] == [True]


def test_a_java_that_says_nothing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mute = tmp_path / "bin" / "java"
    mute.parent.mkdir()
    mute.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    mute.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(verapdf, "_TIMEOUT", 0.2)
    monkeypatch.setattr(verapdf, "_engines", {})
    with pytest.raises(RuntimeError, match="gave no verdict"):
        validate([_save(tmp_path, "good")], ["ua1"])


def test_a_verdict_on_no_checks_is_an_error() -> None:
    """A profile that came out of the jar without its rules would accept every file."""
    record = {"compliant": True, "checks": 0, "failures": []}
    with pytest.raises(RuntimeError, match="checked nothing"):
        _verdict(Path("a.pdf"), "ua1", record)
    with pytest.raises(RuntimeError, match="no verdict"):
        _verdict(Path("a.pdf"), "ua1", None)


def test_an_unknown_profile_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="unknown profile ua9"):
        validate([_save(tmp_path, "good")], ["ua9"])


def test_nothing_to_check_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to validate"):
        validate([])
    with pytest.raises(ValueError, match="nothing to validate"):
        validate([tmp_path / "any.pdf"], [])


def test_java_is_looked_for_in_java_home_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path, at_home = tmp_path / "path" / "java", tmp_path / "home" / "bin" / "java"
    for java in (on_path, at_home):
        java.parent.mkdir(parents=True)
        java.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(on_path.parent))

    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert java_command() == [str(at_home)]
    monkeypatch.delenv("JAVA_HOME")
    assert java_command() == [str(on_path)]
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="install a JDK"):
        java_command()
