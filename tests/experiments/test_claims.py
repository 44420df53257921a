"""Claims in their one shape: what goes on record comes back, and tables mark what the thesis does not claim."""

import json

import pytest

from minode.experiments.common import claims
from minode.experiments.common.claims import Claim

PLAIN = Claim("water is wet", "holds", "3 of 3")
OWN = Claim("water boils", "undecided", "1 of 3", thesis=False)
COMPARED = Claim("less error", "does not hold", "1 and 2 %", True, differences=[0.25, -0.5])
OF_A_PANEL = Claim("NFE grows", "holds", "2 to 3", panel="d")


@pytest.mark.parametrize("claim", [PLAIN, OWN, COMPARED, OF_A_PANEL, Claim("augmented", "holds", source="Dupont")])
def test_a_claim_comes_back_from_its_record(claim):
    assert Claim.from_record(json.loads(json.dumps(claim.as_record()))) == claim


def test_a_record_has_what_there_is_to_tell_alone():
    assert PLAIN.as_record() == {"claim": "water is wet", "verdict": "holds", "numbers": "3 of 3"}
    assert OWN.as_record() == {"claim": "water boils", "verdict": "undecided", "numbers": "1 of 3", "thesis": False}


def test_the_verdicts_of_the_thesis_are_told_apart():
    assert claims.verdicts_of([PLAIN, OWN, COMPARED]) == ["holds", "does not hold"]
    assert claims.verdicts_of([PLAIN, OWN, COMPARED], thesis=False) == ["undecided"]


def test_those_of_the_thesis_come_first_and_keep_their_order():
    assert claims.thesis_first([OWN, COMPARED, OWN, OF_A_PANEL]) == [COMPARED, OF_A_PANEL, OWN, OWN]


def test_a_table_marks_what_is_not_of_the_thesis_and_what_is_on_record():
    data = {"claims": claims.as_records([OWN, OF_A_PANEL]), "recorded_claims": claims.as_records([PLAIN])}
    assert claims.rows(data) == [
        ("water boils*", "undecided", "1 of 3"),
        ("(d) NFE grows", "holds", "2 to 3"),
        ("On record",),
        ("water is wet", "holds", "3 of 3"),
    ]
    assert "On record" not in claims.as_text({"claims": data["claims"]})


def test_a_claim_without_numbers_leaves_their_cell_empty():
    assert Claim("augmented: lower loss", "holds", source="Dupont").cells() == ("augmented: lower loss", "holds", "")


def test_a_text_has_one_star_at_the_most():
    assert OWN.cells()[0] == OWN._replace(text="water boils*").cells()[0] == "water boils*"
