"""What was proposed in another environment, or for another issuer, is nothing here; no command works on its data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from amate.context import Context
from amate.errors import Refused
from amate.features.rotation import actions, model, store
from amate.features.rotation.model import Proposal
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from tests.api.conftest import Amate
from tests.api.rotating import holder
from tests.conftest import NOW

ELSEWHERE = [({"env": "staging"}, "wrong-environment"), ({"iss": "https://other.example"}, "another-address")]


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)
    ctx.commit()


def kid_of(ctx: Context) -> str:
    return next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")


def proposed(ctx: Context, **place: str) -> Proposal:
    """A whole proposal to retire a key, from elsewhere, which two people have signed as they do here."""
    here = {"env": ctx.settings.env, "iss": ctx.settings.issuer}
    said = {"id": "kp-0123456789ab", "action": "retire", "kid": kid_of(ctx), "expires_at": model.iso(NOW + 1000)}
    content = {**said, **here, **place}
    digest = model.digest_of(content)
    made = Proposal(content["id"], "retire", content["kid"], content, digest, NOW, NOW + 1000, model.OPEN, None)
    store.add_proposal(ctx.tx, made)
    for number in (0, 1):
        store.add_signature(ctx.tx, holder(ctx, number)(made))
    return made


def test_what_is_of_here_counts(ctx: Context) -> None:
    assert actions.standing(ctx, proposed(ctx).id).missing == 0


@pytest.mark.parametrize(("place", "slug"), ELSEWHERE)
def test_d09_signatures_given_for_another_deployment_count_for_nothing(
    ctx: Context, place: dict[str, str], slug: str
) -> None:
    made = proposed(ctx, **place)
    now = actions.standing(ctx, made.id)
    assert (now.signatures, now.missing) == ((), 2)
    for refused in (
        lambda: actions.approve(ctx, made.id, holder(ctx, 2)),
        lambda: actions.carry_out(ctx, made.id),
        lambda: actions.propose(ctx, "retire", made.kid, holder(ctx, 2)),
    ):
        with pytest.raises(Refused, match=slug) as error:
            refused()
        assert made.id in str(error.value.detail)
    assert actions.preview(ctx, made) is None
    assert trust.find_key(ctx, made.kid).state == "active"


def test_d09_one_from_elsewhere_is_withdrawn_and_is_then_in_nobodys_way(ctx: Context) -> None:
    made = proposed(ctx, env="staging")
    assert actions.withdraw(ctx, made.id).proposal.state == "withdrawn"
    ours = actions.propose(ctx, "retire", made.kid, holder(ctx, 2))
    assert (ours.proposal.content["env"], ours.missing) == ("test", 1)


@pytest.mark.parametrize("change", [{"env": "staging"}, {"base_url": "https://other.example"}])
def test_d09_nothing_is_proposed_by_who_says_to_be_elsewhere(ctx: Context, change: dict[str, str]) -> None:
    kid, sign = kid_of(ctx), holder(ctx, 0)
    ctx.settings = ctx.settings.model_copy(update=change)
    slug = "wrong-environment" if "env" in change else "another-address"
    with pytest.raises(Refused, match=slug):
        actions.propose(ctx, "retire", kid, sign)
    with pytest.raises(Refused, match=slug):
        actions.propose_stage(ctx, "pass", sign, shard=0)
    assert actions.standings(ctx) == []


COMMANDS: list[Callable[[dict[str, str]], list[str]]] = [
    lambda is_: ["list"],
    lambda is_: ["people"],
    lambda is_: ["plan"],
    lambda is_: ["schedule", "--use", "pass"],
    lambda is_: ["proposals"],
    lambda is_: ["propose", "stage", "--use", "pass", "--key", is_["uri"]],
    lambda is_: ["propose", "retire", is_["kid"], "--key", is_["uri"]],
    lambda is_: ["approve", is_["proposal"], "--key", is_["uri"]],
    lambda is_: ["withdraw", is_["proposal"]],
    lambda is_: ["retire", is_["proposal"]],
    lambda is_: ["apply", is_["proposal"]],
    lambda is_: ["revoke", is_["kid"], "--emergency"],
    lambda is_: ["revoke", is_["kid"], "--emergency", "--key", is_["uri"]],
    lambda is_: ["reissue", is_["kid"]],
    lambda is_: ["unhalt", is_["kid"]],
]


def test_d09_no_command_touches_the_keys_of_another_environment(ctx: Context, amate: Amate) -> None:
    """The database of one environment, and AMATE_ENV of another, as in a shell that was left open."""
    uri = trust.holders(ctx)[0].uri
    made = actions.propose(ctx, "retire", kid_of(ctx), holder(ctx, 0)).proposal
    ctx.commit()
    before = everything(ctx)
    ctx.commit()
    for command in COMMANDS:
        words = command({"uri": str(uri), "kid": made.kid, "proposal": made.id})
        done = Amate(amate.env | {"AMATE_ENV": "demo"})("keys", *words)
        assert isinstance(done.exception, Refused), (words, done.output)
        assert done.exception.slug == "wrong-environment", words
        assert done.exception.detail.startswith("this is demo, and the database belongs to test: set AMATE_ENV=test")
    ctx.commit()
    assert everything(ctx) == before
    ctx.commit()
    assert amate("keys", "list").exit_code == 0


def everything(ctx: Context) -> list[Any]:
    return [trust.list_keys(ctx), actions.standings(ctx), trust.halts(ctx)]


def test_d09_neither_lists_nor_the_first_publication_are_made_elsewhere(ctx: Context) -> None:
    """A fresh home, and the database of another environment: nothing of it is signed or written there."""
    ctx.settings = ctx.settings.model_copy(update={"env": "staging", "home": ctx.settings.home / "fresh"})
    for refused in (lambda: trust.init(ctx), lambda: status.publish(ctx)):
        with pytest.raises(Refused, match="wrong-environment"):
            refused()
    assert not ctx.settings.home.exists()
