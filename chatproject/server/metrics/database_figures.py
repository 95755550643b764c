"""The gauges that are read from the database (`core.metrics.DATABASE_GAUGES`), at a scrape."""

import logging
import time
from collections.abc import Iterable, Mapping

from django.db import connection
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chatproject.core.metrics import DATABASE_GAUGES, DatabaseGauge

logger = logging.getLogger(__name__)

Values = Mapping[tuple[str, ...], float]


class DatabaseFigures(Collector):
    """Each gauge is read again when it is old enough. One that cannot be read is left out, so that
    it goes stale and does not stand still; `chat_database_gauges_failed` counts those."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[float, Values]] = {}

    def collect(self) -> Iterable[GaugeMetricFamily]:
        failed = 0
        try:
            for gauge in DATABASE_GAUGES.values():
                family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
                try:
                    for labels, value in self._values(gauge).items():
                        family.add_metric(labels, value)
                except Exception as error:  # noqa: BLE001 (the others are told all the same)
                    logger.warning("the metric %s cannot be read: %r", gauge.name, error)
                    failed += 1
                    continue
                yield family
        finally:
            connection.close()
        name = "chat_database_gauges_failed"
        yield GaugeMetricFamily(name, "Gauges that the database did not answer.", value=failed)

    def _values(self, gauge: DatabaseGauge) -> Values:
        now = time.monotonic()
        read_at, values = self._read.get(gauge.name, (-gauge.seconds, {}))
        if now - read_at >= gauge.seconds:
            values = gauge.read()
            self._read[gauge.name] = (now, values)
        return values
