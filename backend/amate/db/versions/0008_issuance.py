"""Tables of the feature issuance."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
