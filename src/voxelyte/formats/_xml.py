"""XML of other programs, read without what makes it dangerous: no DOCTYPE, so no entities of its own, and no deep nests."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from voxelyte.errors import FormatError

MAX_DEPTH = 16
MAX_TAGS = 1_000_000
"""Most tags in a text: a list of 100,000 names in elements of their own needs 400,000."""

Tree = Mapping[str, "Tree | list[Tree] | str"]
"""What `written` makes elements of: texts, elements within, and lists of elements of one name."""


class _Plain(ElementTree.TreeBuilder):
    """Builds the elements, and stops before a document type can define anything."""

    depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ElementTree.Element:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ValueError(f"elements must not nest deeper than {MAX_DEPTH}")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ElementTree.Element:
        self.depth -= 1
        return super().end(tag)

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise ValueError("a DOCTYPE is not read")


def parsed(name: str, text: str, root: str) -> ElementTree.Element:
    """The element `root` that the member `name` is."""
    if text.count("<") > 2 * MAX_TAGS:
        raise FormatError(f"{name}: must not hold more than {MAX_TAGS} elements")
    parser = ElementTree.XMLParser(target=_Plain())
    try:
        parser.feed(text.removeprefix("\ufeff"))
        element: ElementTree.Element = parser.close()
    except (ElementTree.ParseError, ValueError) as fault:
        raise FormatError(f"{name}: {fault}") from None
    if element.tag != root:
        raise FormatError(f"{name}: is <{element.tag[:40]}>, must be <{root}>")
    return element


def text_at(element: ElementTree.Element, path: str) -> str:
    """The text under `path`, on one line; empty where there is none."""
    return " ".join((element.findtext(path) or "").split())


def written(root: str, version: int, tree: Tree) -> bytes:
    """A document whose root states its FileVersion, indented."""
    element = ElementTree.Element(root, {"FileVersion": str(version)})
    _fill(element, tree)
    ElementTree.indent(element)
    document: bytes = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _fill(element: ElementTree.Element, tree: Tree) -> None:
    for key, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(element, key)
            if isinstance(one, str):
                child.text = "".join(letter for letter in one if letter.isprintable())
            else:
                _fill(child, one)
