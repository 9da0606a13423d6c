"""The bench of the backup, with few cases: what it restores is what was there."""

from gcrm.bench import backup


def test_what_is_backed_up_under_load_is_restored_whole() -> None:
    told = backup.measure(cases=120, alone=0.2)

    assert told["name"] == "backup"
    assert told["ratios"]["cases_restored_to_kept"] == 1
    assert told["figures"]["cases"] == 120
    assert told["figures"]["findings_after_restore"] == 0
    assert told["figures"]["tables_that_differ"] == 0
    assert told["figures"]["writes_a_second_before"] > 0
