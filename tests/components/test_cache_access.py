"""Access strings of cache users: what is allowed, in which order, and which names a user gets."""

import pytest

from components._cache_access import Commands, access_string
from components._cache_users import USER_ID_MAX, user_id

pytestmark = pytest.mark.feature("C1")


def test_reading_only() -> None:
    assert access_string(Commands.READ_ONLY) == (
        "on ~* -@all +@read +@connection -@dangerous +cluster|nodes +cluster|shards +cluster|slots"
    )


def test_reading_and_writing_what_begins_with_a_prefix() -> None:
    access = access_string(Commands.READ_WRITE, key_prefixes=["session:", "lock:", "session:"])
    assert access == (
        "on ~lock:* ~session:* -@all +@read +@write +@transaction +eval +evalsha +script|exists +script|load "
        "+@connection -@dangerous +cluster|nodes +cluster|shards +cluster|slots"
    )


def test_order_of_prefixes_does_not_matter() -> None:
    assert access_string(Commands.READ_ONLY, key_prefixes=["a", "b"]) == access_string(
        Commands.READ_ONLY, key_prefixes=["b", "a"]
    )


def test_channels() -> None:
    assert access_string(Commands.READ_ONLY, channels=True) == (
        "on ~* &* -@all +@read +@connection +@pubsub -@dangerous +cluster|nodes +cluster|shards +cluster|slots"
    )


@pytest.mark.parametrize("commands", Commands)
def test_nothing_is_allowed_before_everything_was_taken(commands: Commands) -> None:
    rules = access_string(commands, channels=True).split()
    assert rules.index("-@all") < min(rules.index(rule) for rule in rules if rule.startswith("+"))
    categories = [rule for rule in rules if rule.startswith("+@")]
    assert rules.index("-@dangerous") > max(map(rules.index, categories))
    assert not {"+@all", "+@admin", "+@dangerous", "allcommands"} & set(rules)


@pytest.mark.parametrize("prefix", ["", "a b", "a*", "a?", "[a]", "a\\", "ü", "a" * 129])
def test_prefixes_that_would_be_patterns_are_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="key_prefixes: "):
        access_string(Commands.READ_ONLY, key_prefixes=[prefix])


def test_names_of_users() -> None:
    assert user_id("shop-prod-cache", "api") == "shop-prod-cache-api"
    long = [user_id("breakwater-production-cache-abc", name) for name in ("notification-worker", "notification-sender")]
    assert [len(name) for name in long] == [USER_ID_MAX, USER_ID_MAX]
    assert len(set(long)) == 2
