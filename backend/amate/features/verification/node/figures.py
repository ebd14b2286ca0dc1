"""What a node holds for the centre, for Prometheus: the same after every restart."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from amate.features.verification.node.model import Standing


class ReceiptFigures(Collector):
    """Receipts that wait for the centre, and those that it refused, which wait for somebody to look."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def collect(self) -> Iterable[Metric]:
        """Both, also where there are none: an alarm compares with a number."""
        refused = sum(self._standing.refused.values())
        return [
            GaugeMetricFamily("amate_node_receipts_waiting", "Receipts held for the centre", self._standing.waiting),
            GaugeMetricFamily("amate_node_receipts_refused", "Receipts that the centre refused", refused),
        ]
