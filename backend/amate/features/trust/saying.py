"""What `amate trust` prints of a ceremony, and of drafts that wait: the same facts for programs and for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from amate.features.trust.ceremonies.actions import Aside, Held
from amate.features.trust.ceremonies.roll_call import Count
from amate.features.trust.model import IssuerKey
from amate.features.trust.publication import Published, Waiting


def waiting_line(waiting: Waiting) -> str:
    """A draft: whose signatures it lacks, or what else it waits for, and what to do now."""
    what = f"draft {waiting.number} ({waiting.role} {waiting.version}, SHA-256 {waiting.sha256})"
    if waiting.needs:
        lacks = "; ".join(
            f"{need.missing} more by keys that root {need.root} gives {need.role}: {', '.join(need.holders)}"
            for need in waiting.needs
        )
        return f"{what} lacks {lacks}. Now: amate trust draft export {waiting.number} --to FILE"
    if waiting.held_by:
        return f"{what} has its signatures and waits for {waiting.held_by}"
    return f"{what} has its signatures. Now: amate trust publish"


def untold_said(key: IssuerKey, waiting: Sequence[Waiting]) -> dict[str, Any]:
    """A key that is to be distrusted, and what has to be signed before verifiers are told."""
    return {"kid": key.kid, "use": key.use, "shard": key.shard, "waits_for": [asdict(each) for each in waiting]}


def untold_line(key: IssuerKey, waiting: Sequence[Waiting]) -> str:
    """The same for people, with what to do now."""
    now = "; ".join(waiting_line(each) for each in waiting) or "Now: amate trust publish"
    return f"the distrust of {key.kid} ({key.use} {key.shard}) waits, and VERIFIERS STILL BELIEVE IT: {now}"


def held_said(held: Held) -> dict[str, Any]:
    """A ceremony for programs."""
    said = asdict(held)
    folder = None if held.folder is None else str(held.folder)
    roll = [{"role": role, "holder": holder, "answer": answer} for role, holder, answer in held.roll]
    counts = [{**asdict(count), "missing": count.missing} for count in held.counts]
    aside = None if held.aside is None else held.aside._asdict()
    return {**said, "folder": folder, "roll": roll, "counts": counts, "aside": aside}


def held_text(held: Held, said: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f"ceremony {held.kind}, root {held.root}; its file's SHA-256 is {held.input_sha256}"]
    lines += [f"  {each['role']:<9}  {each['holder']}: {each['answer']}" for each in said["roll"]]
    lines += [] if held.aside is None else [_aside_line(held.aside, held.published)]
    if held.was_held:
        lines.append("it was held before, and is whole")
    elif held.published is None:
        lines += _counts_text(held.counts)
    else:
        lines += [waiting_line(each) for each in held.published.waiting]
    if held.folder is not None:
        lines.append(f"transcript: {held.folder}")
    return "\n".join(lines)


def _aside_line(aside: Aside, published: Published | None) -> str:
    """What became of the draft of another file, or would; and how to have it back."""
    which = f"draft {aside.number} (root {aside.root}, SHA-256 {aside.sha256}), with {aside.signatures} signature(s),"
    of_file = "" if aside.input_sha256 is None else f" of another file, whose SHA-256 is {aside.input_sha256},"
    if published is None:
        return f"{which}{of_file} waits: to hold this ceremony puts it aside; to go on with it: amate trust drafts"
    if not published.waiting:
        return f"{which}{of_file} was put aside for good"
    back = "" if aside.input_sha256 is None else "; that file, run again, brings it back as it was"
    return f"{which}{of_file} is put aside: its signers sign the next one anew{back}"


def _counts_text(counts: Sequence[Count]) -> list[str]:
    """How many can sign for each role here, and who is awaited."""
    lines = [_count_line(count) for count in counts]
    if any(count.missing for count in counts):
        return [*lines, "rehearsed, nothing was signed or written: as a draft it will wait for those who are awaited"]
    return [*lines, "rehearsed: enough can sign, nothing was signed or written"]


def _count_line(count: Count) -> str:
    here = f"  {count.role}, by the keys of root {count.root}: {len(count.here)} can sign here, {count.threshold} must"
    return f"{here}; {count.missing} awaited from {', '.join(count.elsewhere)}" if count.missing else here
