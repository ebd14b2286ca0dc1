"""What is wrong with a field, in plain Spanish for the person at the desk; one text for each slug."""

from __future__ import annotations

from typing import Final

from amate.core.curp import Mismatch

WORDS: Final = {
    "missing": "Falta este dato.",
    "invalid-value": "Este dato no tiene la forma correcta.",
    "unknown-field": "Este dato no se pide aquí.",
    "curp-length": "La CURP debe tener 18 caracteres.",
    "curp-characters": "La CURP lleva letras y números en lugares fijos; revise cada carácter.",
    "curp-unknown-patient": "Esta clave es para quien no tiene CURP; no identifica a una persona.",
    "curp-vowel": "La segunda letra de la CURP debe ser una vocal o X.",
    "curp-inconvenient-word": "Las primeras cuatro letras no son válidas: la segunda debe ser X.",
    "curp-date": "La fecha dentro de la CURP no existe.",
    "curp-sex": "La letra 11 de la CURP debe ser H, M o X.",
    "curp-state": "Las letras 12 y 13 de la CURP no son de ningún estado.",
    "curp-consonants": "Las letras 14 a 16 de la CURP deben ser consonantes.",
    "curp-check-digit": "El último dígito de la CURP no corresponde; hay un error al copiarla.",
    "mismatch-consonant": "La CURP no corresponde con «{value}»: lleva la consonante {found} y se esperaba {expected}.",
    "mismatch-first-surname": "La CURP empieza con {found}, pero «{value}» da {expected}.",
    "mismatch-second-surname": "La tercera letra de la CURP es {found}, pero «{value}» da {expected}.",
    "mismatch-given-names": "La cuarta letra de la CURP es {found}, pero «{value}» da {expected}.",
    "mismatch-birth-date": "La CURP dice que nació el {found}, y aquí dice {value}.",
    "mismatch-sex": "La CURP dice sexo {found}, y aquí dice {value}.",
    "mismatch-birth-state": "La CURP dice que nació en {found}, y aquí dice {value}.",
    "name-malformed": "Escriba solo letras, espacios, punto, guion o apóstrofo; hasta 100 caracteres.",
    "sex-unknown": "Elija H, M o X.",
    "birth-date-future": "La fecha de nacimiento aún no llega.",
    "birth-date-too-old": "La fecha de nacimiento es de hace más de 125 años.",
    "birth-state-unknown": "Elija el estado de nacimiento, o NE si nació fuera de México.",
    "nationality-unknown": "Elija un país por su código de tres letras, por ejemplo MEX.",
    "organ-donation-unknown": "Elija una de las cuatro respuestas.",
    "organ-donation-minor": "Una persona menor de edad no puede decidir sobre esto: deje «sin respuesta».",
    "location-outside-mexico": "Este lugar no está en México; elija dónde vive la persona.",
    "phone-malformed": "El teléfono debe tener 10 dígitos.",
    "guardian-required": "Es menor de edad: falta la CURP de la persona adulta responsable.",
    "guardian-same-person": "La persona responsable no puede ser la misma persona.",
    "guardian-unknown": "La persona responsable aún no está registrada: regístrela primero.",
    "guardian-minor": "La persona responsable también es menor de edad.",
    "affiliation-unknown": "Esta institución o este papel no existe en el catálogo.",
    "affiliation-dates": "La fecha final es anterior a la inicial.",
    "clues-malformed": "La CLUES lleva cinco letras y seis dígitos.",
    "too-many": "Son demasiadas: ocho como máximo.",
    "person-differs": "Esta CURP ya está registrada con otro dato; revise el documento.",
    "guardian-differs": "Esta persona ya tiene registrada a otra persona responsable.",
}


def words(slug: str) -> str:
    """The sentence for a slug."""
    return WORDS.get(slug, WORDS["invalid-value"])


def explain(mismatch: Mismatch) -> str:
    """The sentence for a disagreement between the CURP and what was typed."""
    value = mismatch.value or "sin apellido"
    return words(mismatch.slug).format(value=value, expected=mismatch.expected, found=mismatch.found)
