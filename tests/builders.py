"""Small valid FHIR from a few words, and the medicines that tests prescribe."""

from fractions import Fraction

from cds_service.code_files import read_terminology
from cds_service.core.model import Medicine
from cds_service.loading import data_path

TERMINOLOGY = read_terminology(data_path("fhir_profiles"), [])
TABLET_OF_10_MG = Medicine(TERMINOLOGY.product_named("baclocur-10"), Fraction(10))
