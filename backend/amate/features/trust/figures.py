"""What the database knows of wrong signatures, for Prometheus: the same from every worker, and after every restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from amate.features.trust.model import ROLES, USES, Halt


class SigningFigures(Collector):
    """Alarms ever, keys halted now, and keys that sign now, by what the keys are for."""

    def __init__(self, halts: Iterable[Halt], counts: Mapping[str, int]) -> None:
        self._halts, self._counts = list(halts), counts

    def collect(self) -> Iterable[Metric]:
        """Every use, also those without a fault: an alarm compares with zero."""
        alarms = CounterMetricFamily(
            "amate_signing_alarms", "Wrong signatures, and passes signed elsewhere", labels=["use"]
        )
        halted = GaugeMetricFamily(
            "amate_signing_halted", "Keys that sign nothing until somebody has looked", labels=["use"]
        )
        for use in (*USES, *ROLES):
            of_use = [halt for halt in self._halts if halt.use == use]
            alarms.add_metric([use], sum(halt.faults for halt in of_use))
            halted.add_metric([use], sum(halt.is_halted for halt in of_use))
        signing = GaugeMetricFamily(
            "amate_signing_keys", "Keys that sign now; at 0 nothing of this use is issued", labels=["use"]
        )
        for use, count in self._counts.items():
            signing.add_metric([use], count)
        return [alarms, halted, signing]
