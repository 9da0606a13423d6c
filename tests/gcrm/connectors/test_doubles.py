"""The local doubles keep what they were given and fail when told to."""

import datetime as dt

import pytest

from gcrm.connectors import ConnectorError, Mail, Sms, WriterHeldError, doubles, guarded
from gcrm.connectors.population import PopulationDouble, read_people
from gcrm.connectors.scanner import EICAR, ScannerDouble
from gcrm.connectors.sms import SmsDouble

NOW = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)
MESSAGE = Sms(1, "19900000001", "【云州政务】验证码 123456", "code", NOW)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def test_sms_double_keeps_the_newest_messages_first_and_hands_each_on() -> None:
    double = SmsDouble(limit=2)
    stored: list[Sms] = []
    double.keep = stored.append

    for number in range(3):
        double.send(Sms(1, "19900000001", str(number), "code", NOW))

    assert [message.text for message in double.messages()] == ["2", "1"]
    assert [message.text for message in stored] == ["0", "1", "2"]
    assert double.messages("19900000002") == ()


def test_demo_people_have_right_check_digits_and_belong_to_nobody() -> None:
    for person in read_people():
        total = sum(
            weight * int(digit)
            for weight, digit in zip(WEIGHTS, person.id_number[:17], strict=True)
        )
        assert person.id_number[17] == "10X98765432"[total % 11], person.name
        assert person.id_number.startswith("99")


def test_population_knows_the_demo_citys_people() -> None:
    population = PopulationDouble(read_people())

    person = population.find("990102194006150022")

    assert person is not None
    assert (person.name, person.sex, person.born) == ("李秀英", "female", dt.date(1940, 6, 15))
    assert person.alive
    assert population.find("990102194006150023") is None


def test_a_death_is_known_at_the_next_question() -> None:
    population = PopulationDouble(read_people())

    population.declare_dead("99010219360212001X")

    person = population.find("99010219360212001X")
    assert person is not None
    assert not person.alive


def test_a_double_that_is_away_raises_until_it_is_back() -> None:
    connectors = doubles()
    population = connectors.population
    assert isinstance(population, PopulationDouble)

    population.switch_away("timeout")

    with pytest.raises(ConnectorError) as caught:
        population.find("990102194006150022")
    assert (caught.value.connector, caught.value.code) == ("population", "timeout")
    assert population.away
    population.switch_back()
    assert population.find("990102194006150022") is not None


def test_scanner_flags_the_eicar_file_and_nothing_else() -> None:
    scanner = ScannerDouble()

    assert scanner.scan(b"%PDF-1.7 hello").clean
    assert scanner.scan(b"before " + EICAR + b" after").threat == "EICAR-Test-File"


def test_no_port_is_called_while_the_writer_is_held() -> None:
    held = {"writer": False}
    connectors = guarded(doubles(), lambda: held["writer"])
    calls = (
        lambda: connectors.sms.send(MESSAGE),
        lambda: connectors.population.find("990102194006150022"),
        lambda: connectors.scanner.scan(b"x"),
        lambda: connectors.mail.send(Mail(1, "a@example.org", "s", "t", NOW, "1")),
    )
    for call in calls:
        call()

    held["writer"] = True

    for call in calls:
        with pytest.raises(WriterHeldError):
            call()
