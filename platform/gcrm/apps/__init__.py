"""Drafts, releases and compiled apps."""

from gcrm.apps.catalogue import AppCatalogue, BrokenRelease
from gcrm.apps.compiled import CompiledApp
from gcrm.apps.compiler import compile_package

__all__ = ["AppCatalogue", "BrokenRelease", "CompiledApp", "compile_package"]
