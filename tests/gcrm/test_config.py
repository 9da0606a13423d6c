"""Settings: demo by default, strict in production, wrong values refused by name."""

import base64
from pathlib import Path

import pytest

from gcrm import config

KEY = base64.b64encode(bytes(range(32))).decode("ascii")


def test_a_demo_needs_no_setting_and_makes_its_own_key(tmp_path: Path):
    settings = config.load({"GCRM_DATA": str(tmp_path)})

    assert settings.mode == "demo"
    assert settings.embedded
    assert len(settings.master_key) == 32
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600


def test_the_key_made_once_is_the_key_for_ever(tmp_path: Path):
    first = config.load({"GCRM_DATA": str(tmp_path)})
    again = config.load({"GCRM_DATA": str(tmp_path)})

    assert first.master_key == again.master_key


@pytest.mark.parametrize(
    ("address", "shown"), [("::1", "[::1]:8001"), ("127.0.0.1", "127.0.0.1:8001")]
)
def test_an_address_is_told_as_a_browser_takes_it(tmp_path: Path, address: str, shown: str):
    settings = config.load({"GCRM_DATA": str(tmp_path), "GCRM_ADDRESS": address, "PORT": "8001"})

    assert settings.listening == shown
    assert settings.public_url == f"http://{shown}"


PRODUCTION = {
    "GCRM_MODE": "production",
    "GCRM_SECRET": "a-secret-of-our-own-with-enough-characters",
    "GCRM_MASTER_KEY": KEY,
    "GCRM_PROXIES": "1",
    "GCRM_PUBLIC_URL": "https://zw.example.gov.cn/",
    "GCRM_SMS": "off",
    "GCRM_MAIL": "off",
    "GCRM_SCANNER": "off",
    "GCRM_POPULATION": "off",
}


def production(folder: Path, **changed: str | None) -> config.Settings:
    """Load settings of production in a folder of its own; None takes one away."""
    data = folder / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    wanted = {"GCRM_DATA": str(data), **PRODUCTION, **changed}
    return config.load({name: value for name, value in wanted.items() if value is not None})


def test_production_with_secrets_of_its_own_serves_secure_cookies(tmp_path: Path):
    settings = production(tmp_path)

    assert settings.secure_cookies
    assert settings.log_format == "json"
    assert settings.public_url == "https://zw.example.gov.cn"
    assert settings.connectors["sms"] == "off"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"GCRM_SECRET": None}, "GCRM_SECRET must"),
        ({"GCRM_SECRET": config.DEMO_SECRET}, "GCRM_SECRET must"),
        ({"GCRM_SECRET": "short"}, "32 characters"),
        ({"GCRM_MASTER_KEY": None}, "GCRM_MASTER_KEY_FILE"),
        ({"GCRM_PROXIES": "0"}, "plain http"),
        ({"GCRM_PUBLIC_URL": None}, "GCRM_PUBLIC_URL must"),
        ({"GCRM_PUBLIC_URL": "http://zw.example.gov.cn"}, "https address"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG is set"),
        ({"GCRM_SMS": None}, "GCRM_SMS=off"),
        ({"GCRM_MAIL": "double"}, "GCRM_MAIL=off"),
        ({"GCRM_SCANNER": None}, "GCRM_SCANNER=off"),
        ({"GCRM_POPULATION": None}, "GCRM_POPULATION=off"),
    ],
)
def test_production_refuses_with_the_way_out(
    changed: dict[str, str | None], named: str, tmp_path: Path
):
    with pytest.raises(config.SettingsError) as refused:
        production(tmp_path, **changed)

    assert named in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_production_tells_everything_that_is_wrong_at_once(tmp_path: Path):
    with pytest.raises(config.SettingsError) as refused:
        config.load({"GCRM_MODE": "production", "GCRM_DATA": str(tmp_path)})

    assert len(str(refused.value).splitlines()) == 8


@pytest.mark.parametrize("name", ["GCRM_MASTER_KEY_FILE", "GCRM_SECRET_FILE", "GCRM_SETTINGS"])
def test_production_refuses_a_secret_that_everybody_can_read(name: str, tmp_path: Path):
    file = tmp_path / "secret"
    file.write_text({"GCRM_MASTER_KEY_FILE": KEY, "GCRM_SECRET_FILE": "s" * 40}.get(name, ""))
    changed: dict[str, str | None] = {name: str(file)}
    if name == "GCRM_MASTER_KEY_FILE":
        changed["GCRM_MASTER_KEY"] = None
    if name == "GCRM_SECRET_FILE":
        changed["GCRM_SECRET"] = None
    file.chmod(0o644)

    with pytest.raises(config.SettingsError) as refused:
        production(tmp_path, **changed)
    file.chmod(0o600)

    assert f"chmod 600 {file}" in str(refused.value)
    assert production(tmp_path, **changed).mode == "production"


def test_production_refuses_a_data_folder_that_everybody_can_enter(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)

    with pytest.raises(config.SettingsError) as refused:
        production(tmp_path)

    assert f"chmod 700 {tmp_path / 'data'}" in str(refused.value)


def test_a_settings_file_stands_behind_the_environment(tmp_path: Path):
    file = tmp_path / "gcrm.env"
    file.write_text(
        f"# where it lives\nGCRM_DATA={tmp_path}\nPORT=9001\nGCRM_ADDRESS='10.0.0.1'\n",
        encoding="utf-8",
    )

    settings = config.load({"GCRM_SETTINGS": str(file), "PORT": "9002"})

    assert (settings.data, settings.port, settings.address) == (tmp_path, 9002, "10.0.0.1")


@pytest.mark.parametrize("text", [None, "PORT 9001"])
def test_a_settings_file_that_cannot_be_read_is_named(text: str | None, tmp_path: Path):
    file = tmp_path / "gcrm.env"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(config.SettingsError) as refused:
        config.load({"GCRM_SETTINGS": str(file)})

    assert str(file) in str(refused.value)


def test_monitors_are_addresses_and_networks(tmp_path: Path):
    settings = config.load({"GCRM_DATA": str(tmp_path), "GCRM_MONITORS": "10.1.2.0/24, ::1"})

    assert [str(each) for each in settings.monitors] == ["10.1.2.0/24", "::1/128"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GCRM_MODE", "test"),
        ("GCRM_SYNCHRONOUS", "OFF"),
        ("GCRM_CIPHER", "rot13"),
        ("GCRM_MONITORS", "the office"),
        ("GCRM_LOG", "xml"),
        ("PORT", "eighty"),
        ("GCRM_MASTER_KEY", "not base64"),
        ("GCRM_MASTER_KEY_FILE", "/nowhere/at/all"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, tmp_path: Path):
    with pytest.raises(config.SettingsError) as refused:
        config.load({"GCRM_DATA": str(tmp_path), name: value})

    assert name in str(refused.value) or "key" in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["mysql://gcrm@db/gcrm", "gcrm", "postgresql://gcrm:geheim/7:x@db/gcrm"],
)
def test_a_database_address_that_cannot_be_read_is_told_without_its_password(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(config.SettingsError, match="GCRM_DATABASE must be") as refused:
        config.load({"GCRM_DATA": str(tmp_path), "GCRM_DATABASE": address})

    assert "geheim" not in str(refused.value)
