"""What of a rejected line may be shown at a terminal: never what may be a CURP, a name or a person's number. PURE.

A file with a column too many puts names where roles belong, so a word is shown only when it is one that people write
in these columns, and a number only when it is as short as a code or has the form of a date.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import Final

_DATE: Final = re.compile(
    r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?Z?)?", re.ASCII
)
_DATE_IN_WORDS: Final = re.compile(
    r"[0-9]{1,2}[ /.-](?:de )?(?:ene|jan|feb|mar|abr|apr|may|jun|jul|ago|aug|sep|oct|nov|dic|dec)[a-z]{0,7}"
    r"[ /.-](?:de )?[0-9]{2,4}",
    re.IGNORECASE,
)
# A short number, a letter, what a unit is called in its own house, nearly a CLUES (a CURP has four letters in front).
_CODE: Final = re.compile(r"[0-9]{1,8}|[A-Za-z]|(?:UMF|UMAA|HGZ|HGR|HGS|HG|CMF|CS)[ -]?[0-9]{1,4}|[A-Z]{5}[0-9]{4,7}")
_WORDS: Final = (
    "abuela", "abuelo", "activo", "afiliado", "alumno", "amiga", "amigo", "ascendiente", "asegurado", "baja", "benef",
    "beneficiaria", "beneficiario", "beneficiary", "boss", "child", "concubina", "concubino", "conyuge", "daughter",
    "dependent", "dependiente", "derechohabiente", "descendiente", "employee", "empleado", "esposa", "esposo",
    "estudiante", "false", "father", "friend", "hermana", "hermano", "hija", "hijo", "holder", "husband", "inactivo",
    "invalidez", "jefe", "jubilada", "jubilado", "madre", "maybe", "member", "miembro", "mother", "ninguno", "none",
    "null", "orfandad", "other", "otra", "otro", "padre", "parent", "partner", "patient", "pensionada", "pensionado",
    "pensioner", "quizas", "retired", "spouse", "student", "titular", "trabajador", "trabajadora", "true", "unknown",
    "user", "verdadero", "viudez", "wife", "worker",
)  # fmt: skip
_ALIKE: Final = 0.9  # lets a letter too few through, and no name that is merely near


def seen(text: str) -> str:
    """The text in quotes, or what can be said of it without showing it; the beginning of a sentence."""
    if is_quotable(text):
        return f'"{text}"'
    return f"the value ({len(text)} characters, not shown: it may be a name)"


def is_quotable(text: str) -> bool:
    """Whether a text can be nobody's CURP, name or number."""
    if any(form.fullmatch(text) for form in (_DATE, _DATE_IN_WORDS, _CODE)):
        return True
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return bool(get_close_matches(bare, _WORDS, n=1, cutoff=_ALIKE))
