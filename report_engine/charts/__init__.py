"""The chart types that ship, one module each."""

from report_engine.chart import ChartTypes, with_plug_ins
from report_engine.charts import bar, gauge, line, number, pie

BUILT_IN = (number.CHART, bar.CHART, line.CHART, pie.CHART, gauge.CHART)


def standard() -> ChartTypes:
    """Give the types that ship and those of installed packages."""
    return with_plug_ins(BUILT_IN)
