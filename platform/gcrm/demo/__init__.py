"""The demo city of Yunzhou: places, offices, people and accounts that belong to nobody real."""

from gcrm.demo.city import PASSWORD, City, DemoAccount, read_city
from gcrm.demo.loading import load

__all__ = ["PASSWORD", "City", "DemoAccount", "load", "read_city"]
