"""Initials of the moments of a day are written out where nothing else can be meant."""

import pytest

from cds_service.core.dose.text.initials import written_out


@pytest.mark.parametrize(
    ("words", "plainer"),
    [
        ("2 cp m/m/s", "2 cp matin midi soir"),
        ("2 cp m-mi-s", "2 cp matin midi soir"),
        ("2 cp mms", "2 cp matin midi soir"),
        ("2 cp m,m,s,c", "2 cp matin midi soir coucher"),
        ("2 cp m m s-c", "2 cp matin midi soir coucher"),
        ("m3 m2 s3", "matin 3 midi 2 soir 3"),
        ("m:2, mi:1, s:1.5", "matin 2 midi 1 soir 1.5"),
        ("m 2 / mid 1 / s 2", "matin 2 midi 1 soir 2"),
        ("m:1|mi:1|s:2|c:0", "matin 1 midi 1 soir 2 coucher 0"),
        ("2m 1mi 2s", "matin 2 midi 1 soir 2"),
        ("2m 1m 2s 1c", "matin 2 midi 1 soir 2 coucher 1"),
        ("1 cp m, 1 cp m, 2 cp s", "1 cp matin, 1 cp midi, 2 cp soir"),
        ("1 cp mi, 2 cp s, 1 cp c", "1 cp midi, 2 cp soir, 1 cp coucher"),
        ("1cp m et s, 10 mg mi", "1cp matin et soir, 10 mg midi"),
        ("20mg m+s", "20mg matin+soir"),
        ("1 cp m, 1 cp s puis 2 cp m, 2 cp s", "1 cp matin, 1 cp soir puis 2 cp matin, 2 cp soir"),
        # other things
        ("60 mg m² de surface", "60 mg m² de surface"),
        ("2 cp s'il le faut", "2 cp s'il le faut"),
        ("taille 1 m 2, 3 m", "taille 1 m 2, 3 m"),
        ("m12 s3", "m12 s3"),
        ("m2 m1 s24", "m2 m1 s24"),
        ("m2 m1 s2.4", "m2 m1 s2.4"),
        ("rdv m 2.1 m 3.1 s 4.1", "rdv m 2.1 m 3.1 s 4.1"),
        ("ms", "ms"),
    ],
)
def test_initials_are_written_out(words: str, plainer: str) -> None:
    assert written_out(words) == plainer
