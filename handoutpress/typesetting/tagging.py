"""What the engine leaves undone for PDF/UA-1 and PDF/A-3a, mended before the file is written.

This works on the engine's own objects in its ``finisher`` hook: no second pass over the bytes, and nothing
to parse again. The clauses are those of ISO 14289-1 (PDF/UA-1) and ISO 32000-1.

* Running footers are marked as page artifacts (UA-1, 7.8): the engine leaves them as spans outside the tree.
* A link's ``Contents`` says where it goes in words (UA-1, 7.18.5), not the bare address.
* Header cells say what they head (``Scope``, ISO 32000-1, 14.8.5.7).
* Glyphs of a letter with marks stand each for its own character (7.21.7): the engine gives some of them none.
* One XMP packet declares both standards: readers ignore a second one.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import pydyf
from weasyprint.text.fonts import get_hb_object_data

from handoutpress.typesetting.glyphs import unicode_map
from handoutpress.typesetting.references import number_of, object_of
from handoutpress.typesetting.shaping import Shaper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weasyprint import Document

# PDF/A-3 wants every property outside its own list described in the packet (ISO 19005-3, 6.6.2.3).
_PDFUA = b"""<rdf:Description rdf:about=""
    xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
    xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
  <pdfuaid:part>1</pdfuaid:part>
  <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
    <pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
    <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
    <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
    <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
      <pdfaProperty:name>part</pdfaProperty:name>
      <pdfaProperty:valueType>Integer</pdfaProperty:valueType>
      <pdfaProperty:category>internal</pdfaProperty:category>
      <pdfaProperty:description>The part of ISO 14289 the file conforms to</pdfaProperty:description>
    </rdf:li></rdf:Seq></pdfaSchema:property>
  </rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""


def finish(document: Document, pdf: pydyf.PDF) -> None:
    """Mend one document's objects in place; WeasyPrint's ``finisher``."""
    _artifacts(pdf)
    _texts(document, pdf)
    for box in _boxes(document):
        _link(box)
        _header_cell(box)
    _declare_pdfua(pdf)


def _artifacts(pdf: pydyf.PDF) -> None:
    """Turn marked content that no part of the structure tree holds into pagination artifacts."""
    root = object_of(pdf, pdf.catalog["StructTreeRoot"])
    held = _held(pdf, number_of(root["K"][0]))
    nums = object_of(pdf, root["ParentTree"])["Nums"]
    pages = [pdf.objects[number] for number in pdf.pages["Kids"][::3]]
    for page in pages:
        owners = nums[nums.index(page["StructParents"]) + 1]
        loose = {mcid for mcid, owner in enumerate(owners) if number_of(owner) not in held}
        for mcid in loose:
            owners[mcid] = b"null"
        _mark(object_of(pdf, page["Contents"]).stream, loose)
    for thing in pdf.objects:
        if (
            isinstance(thing, pydyf.Dictionary)
            and thing.get("Type") == "/StructElem"
            and thing.number not in held
        ):
            thing.clear()  # an object must stay in its place; an empty one says nothing


def _held(pdf: pydyf.PDF, top: int) -> set[int]:
    """Return the numbers of all structure elements that hang on the document element."""
    held: set[int] = set()
    waiting = [top]
    while waiting:
        number = waiting.pop()
        held.add(number)
        for kid in pdf.objects[number].get("K", ()):
            if isinstance(kid, bytes) and object_of(pdf, kid).get("Type") == "/StructElem":
                waiting.append(number_of(kid))
    return held


def _mark(stream: list[Any], loose: set[int]) -> None:
    for index, operand in enumerate(stream):
        if isinstance(operand, dict) and operand.get("MCID") in loose and stream[index + 1] == b"BDC":
            stream[index - 1] = "/Artifact"
            stream[index] = pydyf.Dictionary({"Type": "/Pagination", "Subtype": "/Footer"})


def _texts(document: Document, pdf: pydyf.PDF) -> None:
    """Say of each glyph what it stands for, where a letter and its marks are glyphs of their own.

    The engine gives the whole cluster to the last of them, and nothing to the others.
    """
    for font in document.fonts.values():
        if "" not in font.to_unicode.values():
            continue
        encoded = Shaper(get_hb_object_data(font.hb_face)).encoded
        letters = {encoded.get(glyph) for glyph, text in font.to_unicode.items() if not text}
        for glyph, text in font.to_unicode.items():
            known = encoded.get(glyph, "")
            if not text or (known and unicodedata.combining(known)):
                font.to_unicode[glyph] = known
            elif not known and text[0] in letters:
                font.to_unicode[glyph] = "".join(mark for mark in text if unicodedata.combining(mark))
        for thing in pdf.objects:
            if isinstance(thing, dict) and thing.get("BaseFont") == font.name and "ToUnicode" in thing:
                object_of(pdf, thing["ToUnicode"]).stream = [unicode_map(font.to_unicode)]


def _boxes(document: Document) -> Iterator[Any]:
    for page in document.pages:
        yield from page._page_box.descendants()


def _link(box: Any) -> None:
    if box.link_annotation and box.element is not None:
        words = box.element.get("title") or "".join(box.element.itertext())
        box.link_annotation["Contents"] = pydyf.String(" ".join(words.split()))


def _header_cell(box: Any) -> None:
    if box.element_tag == "th" and getattr(box, "mark", None):
        scope = "/Row" if box.element.get("scope") == "row" else "/Column"
        box.mark["A"]["Scope"] = scope


def _declare_pdfua(pdf: pydyf.PDF) -> None:
    metadata = object_of(pdf, pdf.catalog["Metadata"])
    end = b"</rdf:RDF>"
    (packet,) = metadata.stream
    metadata.stream = [packet.replace(end, _PDFUA + end, 1)]
