"""The most important codes, each in its list or outside it."""

import pytest

from tests.knowledge.code_lists import VALUE_SETS, is_in

MEMBERSHIP_TABLE = """
    alcohol-dependence                in   icd-10      F10.2
    alcohol-dependence                in   cim-10-fr   F10.2
    alcohol-dependence                in   cim-10-fr   F10.24
    alcohol-dependence                in   icd-10-cm   F10.20
    alcohol-dependence                in   icd-10-cm   F10.21
    alcohol-dependence                in   icd-10-cm   F10.231
    alcohol-dependence                in   snomed      66590003
    alcohol-dependence                in   snomed      7200002
    alcohol-dependence                out  icd-10      F10.1
    alcohol-dependence                out  icd-10-cm   F10.10
    alcohol-dependence                out  icd-10      F11.2
    alcohol-dependence                out  snomed      7052005
    alcohol-dependence                out  snomed      15167005
    alcohol-dependence                out  snomed      191480000
    alcohol-dependence-in-remission   in   icd-10-cm   F10.21
    alcohol-dependence-in-remission   out  cim-10-fr   F10.21
    alcohol-dependence-in-remission   out  icd-10-cm   F10.20
    spasticity                        in   icd-10      G35
    spasticity                        in   icd-10-cm   G35.A
    spasticity                        in   cim-10-fr   G82.1
    spasticity                        in   icd-10      I64
    spasticity                        in   cim-10-fr   T91.3
    spasticity                        in   icd-10-cm   M62.838
    spasticity                        in   icd-10-cm   S14.109A
    spasticity                        in   snomed      24700007
    spasticity                        in   snomed      426373005
    spasticity                        out  snomed      724819000
    spasticity                        out  icd-10      I65
    spasticity                        out  icd-10      G11.1
    spasticity                        out  icd-10      F10.2
    psychiatric-disorder              in   icd-10      F33.2
    psychiatric-disorder              in   cim-10-fr   F00
    psychiatric-disorder              in   icd-10-cm   F43.10
    psychiatric-disorder              in   icd-10      F60.3
    psychiatric-disorder              out  icd-10      F10.2
    psychiatric-disorder              out  cim-10-fr   F17.2
    psychiatric-disorder              in   icd-10      F50.0
    psychiatric-disorder              in   cim-10-fr   F99
    psychiatric-disorder              in   icd-10-cm   F53.0
    psychiatric-disorder              out  cim-10-fr   F51.0
    psychiatric-disorder              in   snomed      56882008
    psychiatric-disorder              in   snomed      72366004
    psychiatric-disorder              out  icd-10      F70
    psychiatric-disorder              in   snomed      64905009
    psychiatric-disorder              in   snomed      36923009
    psychiatric-disorder              in   snomed      371596008
    psychiatric-disorder              in   snomed      52448006
    psychiatric-disorder              out  snomed      74732009
    psychiatric-disorder              out  snomed      34938008
    psychiatric-disorder              out  snomed      66590003
    psychiatric-disorder              out  snomed      191887008
    suicidality                       in   cim-10-fr   R45.8
    suicidality                       in   cim-10-fr   Z91.50
    suicidality                       in   icd-10      X60
    suicidality                       in   cim-10-fr   X84.9
    suicidality                       in   icd-10-cm   R45.851
    suicidality                       in   icd-10-cm   T14.91XA
    suicidality                       in   icd-10-cm   X78.1XXA
    suicidality                       in   snomed      296493005
    suicidality                       out  icd-10      R45.81
    suicidality                       in   cim-10-fr   R45.81
    suicidality                       out  cim-10-fr   R45.80
    suicidality                       in   snomed      225444004
    suicidality                       out  icd-10-cm   R45.81
    suicidality                       in   icd-10      R45.8
    suicidality                       out  icd-10      R45
    suicidality                       out  icd-10      X85
    suicidality                       out  icd-10-cm   Z91.52
    seizure                           in   icd-10      G40.9
    seizure                           in   cim-10-fr   G41.0
    seizure                           in   icd-10      R56.8
    seizure                           in   icd-10-cm   R56.9
    seizure                           in   snomed      308742005
    seizure                           in   cim-10-fr   F10.31
    seizure                           in   icd-10      F10.41
    seizure                           in   cim-10-fr   R56
    seizure                           out  cim-10-fr   F10.3
    seizure-undecided                 in   cim-10-fr   F10.3
    seizure-undecided                 out  cim-10-fr   F10.2
    suicidality-undecided             in   cim-10-fr   R45
    suicidality-undecided             out  icd-10-cm   R45.81
    dialysis                          in   cim-10-fr   Z99.2
    dialysis                          out  cim-10-fr   Z99.1
    severe-kidney-failure             in   cim-10-fr   N18.5
    severe-kidney-failure             in   icd-10-cm   N17.9
    severe-kidney-failure             out  cim-10-fr   N18.9
    severe-kidney-failure             out  cim-10-fr   N19
    pregnancy                         in   icd-10-cm   Z33.1
    pregnancy                         out  icd-10-cm   Z33.2
    breast-feeding                    in   cim-10-fr   Z39.1
    family-history                    in   cim-10-fr   Z82.0
    substance-induced-disorder        in   cim-10-fr   F10.5
    substance-induced-disorder        out  cim-10-fr   F10.2
    alcohol-related                   in   cim-10-fr   F10.1
    alcohol-related                   out  cim-10-fr   F10.2
    sedating-medicine                 in   atc         N02AA01
    sedating-medicine                 out  atc         N02BE01
    seizure                           in   snomed      79745005
    seizure                           in   snomed      352818000
    seizure                           out  snomed      191714002
    seizure                           out  snomed      230432008
    seizure                           out  snomed      438113009
    febrile-convulsion                in   snomed      230432008
    seizure                           out  icd-10-cm   G41
    seizure                           out  icd-10      R56.0
    febrile-convulsion                in   icd-10      R56.0
    febrile-convulsion                in   icd-10-cm   R56.01
    febrile-convulsion                out  icd-10      R56.8
    baclofen-substance                in   atc         M03BX01
    baclofen-substance                in   rxnorm      370985
    baclofen-substance                out  rxnorm      374604
    baclofen-substance                out  rxnorm      197391
    baclofen-not-oral-form            in   rxnorm      374604
    route-oral                        in   edqm        20053000
    route-intrathecal                 in   edqm        20042000
    unit-tablet                       in   edqm        15054000
    unit-tablet                       in   ucum        {tbl}
    unit-tablet                       out  edqm        15036000
    unit-tablet                       out  ucum        1
    prior-alcohol-medicine            in   atc         N07BB05
    prior-alcohol-medicine            in   cis         63759295
    prior-alcohol-medicine            out  rxnorm      1551468
    prior-alcohol-medicine            out  cis         67300599
    addiction-referral                in   snomed      431260004
    addiction-referral                out  snomed      103696004
    alcohol-drinks-per-drinking-day   in   loinc       11287-0
    alcohol-drinks-per-day            out  loinc       11287-0
"""


@pytest.mark.parametrize("row", MEMBERSHIP_TABLE.strip().splitlines())
def test_a_code_is_in_the_list_or_out_of_it(row: str) -> None:
    name, expected, system, code = row.split()

    assert is_in(name, system, code) == (expected == "in")


@pytest.mark.parametrize("system", ["icd-10", "icd-10-cm"])
def test_what_no_edition_but_the_french_calls_a_suicidal_idea_is_in_no_list(system: str) -> None:
    assert [name for name in VALUE_SETS if is_in(name, system, "R45.81")] == []
