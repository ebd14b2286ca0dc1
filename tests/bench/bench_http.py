"""Requests a second: a node against an empty endpoint, the central one against one that only writes an audit row.

Both sides have the same schemas, server and settings; every question carries another fresh, valid presentation.
"""

from __future__ import annotations

from tests.bench.deployment import Deployment, node, reference, seeded
from tests.bench.load import in_turn
from tests.bench.measure import Row


def run() -> list[Row]:
    """Two rows."""
    with seeded() as deployment:
        deployment.server.start("--workers", "1")
        return [node_row(deployment), central_row(deployment)]


def node_row(deployment: Deployment) -> Row:
    """A node answers from a pack alone."""
    with node(deployment) as port, reference(deployment, "empty") as empty:
        deployment.check_answers(port)
        node_rps, empty_rps = in_turn(deployment.target(port), deployment.target(empty))
    against = "empty flask-smorest endpoint, same schemas"
    return Row("clinic's node", node_rps, "requests/s", against, empty_rps, 0.45, at_most=False)


def central_row(deployment: Deployment) -> Row:
    """The central endpoint knows its caller, and writes down that it answered."""
    server = deployment.server
    with reference(deployment, "audit_only") as audit_only:
        deployment.check_answers(server.port, token=deployment.token)
        central = deployment.target(server.port, token=deployment.token)
        central_rps, audit_rps = in_turn(central, deployment.target(audit_only))
    against = "validation and one committed audit row"
    return Row("central verification", central_rps, "requests/s", against, audit_rps, 0.60, at_most=False)
