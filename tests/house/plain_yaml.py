"""Reads the plain YAML that our compose files keep to: blocks, flow on one line, literal text, anchors and merges.

Anything else is an error, so that what is read here means the same to every engine.
"""

from __future__ import annotations

import re
from typing import Any

TOKEN = re.compile(r"""\s*([\[\]{},]|"(?:[^"\\]|\\.)*"(?=\s*[,\]}:]|\s*$)|[^\[\]{},"\s][^\[\]{},]*)""")
ENTRY = re.compile(r'("[^"]+"|[\w<./-]+):(?:\s+(.*))?$')
ANCHOR = re.compile(r"&([\w-]+)\s*(.*)$")


class Reader:
    """One document, read once from its top to its end."""

    def __init__(self, text: str) -> None:
        self.lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        self.at = 0
        self.anchors: dict[str, Any] = {}

    def block(self, indent: int) -> Any:
        """The mapping or sequence whose lines stand at `indent`."""
        return self.sequence(indent) if self.lines[self.at].strip().startswith("-") else self.mapping(indent)

    def mapping(self, indent: int, found: dict[str, Any] | None = None) -> dict[str, Any]:
        found = {} if found is None else found
        merged: dict[str, Any] = {}
        while self.depth() == indent:
            entry = ENTRY.match(without_comment(self.lines[self.at].strip()))
            if entry is None:
                raise ValueError(f"not a plain entry: {self.lines[self.at]}")
            key = entry[1].strip('"')
            if key in found:
                raise ValueError(f"{key} stands twice")
            value = self.value(entry[2] or "", indent)
            if key == "<<":
                merged |= value
            else:
                found[key] = value
        return merged | found

    def sequence(self, indent: int) -> list[Any]:
        found = []
        while self.depth() == indent and self.lines[self.at].strip().startswith("- "):
            found.append(self.value(without_comment(self.lines[self.at].strip()[2:]), indent))
        return found

    def value(self, text: str, indent: int) -> Any:
        """What stands after `key:` or `-`, here or in the deeper lines that follow."""
        self.at += 1
        anchor = ANCHOR.match(text)
        text = anchor[2] if anchor else text
        if text == "|":
            value: Any = self.literal(indent)
        elif text:
            value = self.flow(text)
        else:
            value = self.block(self.depth()) if self.depth() > indent else None
        if anchor:
            self.anchors[anchor[1]] = value
        return value

    def literal(self, indent: int) -> str:
        inner, taken = self.depth(), []
        while self.depth() > indent:
            taken.append(self.lines[self.at][inner:])
            self.at += 1
        return "\n".join(taken) + "\n"

    def flow(self, text: str) -> Any:
        if text.startswith("*"):
            return self.anchors[text[1:]]
        if text[0] not in "[{":
            return scalar(text)
        tokens = [match[1].strip() for match in TOKEN.finditer(text)]
        if re.sub(r"\s", "", "".join(tokens)) != re.sub(r"\s", "", text):
            raise ValueError(f"not a plain flow: {text}")
        return nested(tokens)

    def depth(self) -> int:
        if self.at >= len(self.lines):
            return -1
        return len(self.lines[self.at]) - len(self.lines[self.at].lstrip())


def nested(tokens: list[str]) -> Any:
    """The list or mapping that begins with the first of `tokens`, which it takes."""
    first = tokens.pop(0)
    if first == "[":
        items = []
        while tokens[0] != "]":
            items.append(nested(tokens))
            tokens[:1] = [] if tokens[0] == "," else tokens[:1]
        tokens.pop(0)
        return items
    if first != "{":
        return scalar(first)
    entries = {}
    while tokens[0] != "}":
        key, _, value = tokens.pop(0).partition(":")
        entries[key] = scalar(value.strip()) if value.strip() else nested(tokens)
        tokens[:1] = [] if tokens[0] == "," else tokens[:1]
    tokens.pop(0)
    return entries


def scalar(text: str) -> Any:
    if text.startswith('"'):
        return text[1:-1].replace('\\"', '"')
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() else text


def without_comment(text: str) -> str:
    return re.sub(r"\s+# .*$", "", text)


def read(text: str) -> dict[str, Any]:
    """The document.

    Raises: ValueError, KeyError or IndexError for what is not plain
    """
    reader = Reader(text)
    document = reader.mapping(0)
    if reader.at != len(reader.lines):
        raise ValueError(f"not plain: {reader.lines[reader.at]}")
    return document
