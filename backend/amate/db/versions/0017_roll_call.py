"""What the roll call of a ceremony said, beside who holds which key, in a column of its own."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

draft = sa.table("trust_draft", sa.column("number"), sa.column("plan"), sa.column("roll"))


def upgrade() -> None:
    """Add it, and take it out of the plans that held it."""
    op.add_column("trust_draft", sa.Column("roll", sa.Text, nullable=False, server_default="{}"))
    for number, plan in op.get_bind().execute(sa.select(draft.c.number, draft.c.plan)).all():
        said = json.loads(plan)
        if isinstance(said, dict):
            _set(number, plan=said["keys"], roll=said["roll"])


def downgrade() -> None:
    """Put it back, and drop it."""
    for number, keys, roll in op.get_bind().execute(sa.select(draft.c.number, draft.c.plan, draft.c.roll)).all():
        _set(number, plan={"keys": json.loads(keys), "roll": json.loads(roll)})
    with op.batch_alter_table("trust_draft") as table:
        table.drop_column("roll")


def _set(number: int, **said: object) -> None:
    values = {name: json.dumps(value) for name, value in said.items()}
    op.get_bind().execute(sa.update(draft).where(draft.c.number == number).values(values))
