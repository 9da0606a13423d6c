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
    "environment",
    [
        {"GCRM_MASTER_KEY": KEY},
        {"GCRM_MASTER_KEY": KEY, "GCRM_SECRET": config.DEMO_SECRET},
        {"GCRM_MASTER_KEY": KEY, "GCRM_SECRET": "short"},
        {"GCRM_SECRET": "a-secret-of-our-own-with-enough-characters"},
    ],
)
def test_production_refuses_default_secrets(environment: dict[str, str], tmp_path: Path):
    with pytest.raises(config.SettingsError):
        config.load({"GCRM_MODE": "production", "GCRM_DATA": str(tmp_path), **environment})


def test_production_with_secrets_of_its_own_serves_secure_cookies(tmp_path: Path):
    settings = config.load(
        {
            "GCRM_MODE": "production",
            "GCRM_DATA": str(tmp_path),
            "GCRM_SECRET": "a-secret-of-our-own-with-enough-characters",
            "GCRM_MASTER_KEY": KEY,
        }
    )

    assert settings.secure_cookies


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GCRM_MODE", "test"),
        ("GCRM_SYNCHRONOUS", "OFF"),
        ("GCRM_CIPHER", "rot13"),
        ("PORT", "eighty"),
        ("GCRM_MASTER_KEY", "not base64"),
        ("GCRM_MASTER_KEY_FILE", "/nowhere/at/all"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, tmp_path: Path):
    with pytest.raises(config.SettingsError) as refused:
        config.load({"GCRM_DATA": str(tmp_path), name: value})

    assert name in str(refused.value) or "key" in str(refused.value)
