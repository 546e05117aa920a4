"""What is written in words in an order, and where."""

from collections.abc import Iterator

from cds_service.core.dose.text.notes import is_dosage_in_words
from cds_service.core.dose.text.plain_words import MOST_CHARACTERS
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

# The extension of French ePrescription with the whole dosage in words, for the patient.
_RENDERED = "renderedDosageInstruction"

# A Dosage that has no other elements gives no dose: its words are of the whole order.
_WITHOUT_DOSE = {"id", "extension", "sequence", "text", "additionalInstruction", "patientInstruction"}

Words = tuple[str, str]  # the place, a key of cards/facts.toml, and what is written there


def only_words(dosage: Resource) -> bool:
    """Whether a Dosage has no elements but words."""
    return not set(dosage) - _WITHOUT_DOSE


def words_of(dosage: Resource) -> Iterator[Words]:
    """All words of a Dosage: text, patientInstruction, additionalInstruction, and their translations."""
    for key, place in (("text", "dosage-text"), ("patientInstruction", "patient-instruction")):
        for said in (fhir.text(dosage.get(key)), *_translations(dosage.get(f"_{key}"))):
            if said:
                yield place, said
    for concept in fhir.objects(dosage.get("additionalInstruction")):
        displays = [fhir.text(coding.get("display")) for coding in fhir.objects(concept.get("coding"))]
        for said in filter(None, (fhir.text(concept.get("text")), *displays)):
            yield "additional-instruction", said


def sentences_of(dosage: Resource) -> list[str]:
    """The words of a Dosage, without their places; of longer ones the part that is read."""
    return [said[:MOST_CHARACTERS] for _, said in words_of(dosage)]


def words_of_order(order: Resource) -> Iterator[Words]:
    """The whole dosage in words, and the notes that give the dosage of the order."""
    for item in fhir.objects(order.get("extension")):
        if is_dosage_rendered(item):
            yield "rendered-dosage", fhir.text(item.get("valueMarkdown")) or fhir.text(item.get("valueString"))
    for note in fhir.objects(order.get("note")):
        if is_dosage_in_words(fhir.text(note.get("text"))):
            yield "note", fhir.text(note.get("text"))


def is_dosage_rendered(extension: Resource) -> bool:
    """Whether an extension of an order is its dosage in words."""
    return _RENDERED in fhir.text(extension.get("url"))


def _translations(beside: object) -> list[str]:
    """The translations of a primitive element (its extension `translation`)."""
    extensions = fhir.objects(fhir.as_object(beside).get("extension"))
    parts = [part for extension in extensions for part in fhir.objects(extension.get("extension"))]
    return [fhir.text(part.get("valueString")) or fhir.text(part.get("valueMarkdown")) for part in parts]
