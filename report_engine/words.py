"""The few words that charts say by themselves."""

NO_DATA = {"zh": "暂无数据", "en": "No data"}
NOTHING = {"zh": "未填", "en": "Not given"}
YES = {"zh": "是", "en": "Yes"}
NO = {"zh": "否", "en": "No"}


def short(locale: str) -> str:
    """Give `zh` or `en`."""
    return "zh" if locale.lower().startswith("zh") else "en"
