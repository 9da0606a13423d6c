"""Forms: one definition gives the page, the checks, the masks, the answers and the records."""

from form_engine.answers import Answer, AnswerSection
from form_engine.bound import Bound
from form_engine.compiler import compile_form
from form_engine.context import Attachment, FillContext
from form_engine.errors import FieldError
from form_engine.field import Cleaned, ControlView, Field, FieldType, Palette, RecordShape
from form_engine.form import Form
from form_engine.paper import Filling, Paper, PaperTooLargeError, compile_paper
from form_engine.printing import MissingGlyphsError, PaperFonts, Printer, PrintingError
from form_engine.records import RecordColumn
from form_engine.regions import Region, Regions, RegionTree
from form_engine.registry import FieldTypes
from form_engine.section import Section

__all__ = [
    "Answer",
    "AnswerSection",
    "Attachment",
    "Bound",
    "Cleaned",
    "ControlView",
    "Field",
    "FieldError",
    "FieldType",
    "FieldTypes",
    "FillContext",
    "Filling",
    "Form",
    "MissingGlyphsError",
    "Palette",
    "Paper",
    "PaperFonts",
    "PaperTooLargeError",
    "Printer",
    "PrintingError",
    "RecordColumn",
    "RecordShape",
    "Region",
    "RegionTree",
    "Regions",
    "Section",
    "compile_form",
    "compile_paper",
]
