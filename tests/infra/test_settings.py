"""The settings as a whole: what is accepted, and how several problems are told together."""

from tests.infra.sample import SAMPLE, edited, refusal, settings_of


def test_the_sample_is_accepted() -> None:
    settings = settings_of(SAMPLE)
    assert settings.primary_region == "us-east-1"
    assert settings.protect
    assert settings.services["api"].port == 5555


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    changes = {
        "class": ("class: production", "class: prodution"),
        "regions.eu-west-1.cidr": ("10.1.0.0/16", "10.0.128.0/17"),
        "services.api.cpu": ("cpu: 512", "cpu: 500"),
        "services.api.memroy": ("memory: 1024", "memroy: 1024"),
        "services.web.routes[0].priority": ("priority: 30", "priority: 20"),
        "workers.packer.queue": ("queue: orders", "queue: parcels"),
        "queues.orders.dead_letter_retention_seconds": (
            "retention_seconds: 345600",
            "dead_letter_retention_seconds: 60",
        ),
    }
    error = refusal(edited(*changes.values()))
    told = [problem.location.removeprefix("config.breakwater:platform.") for problem in error.problems]
    assert told == list(changes)
    assert "7 problems" in str(error)
    for problem in error.problems:
        assert f"Pulumi.test.yaml:{problem.line}: {problem.location}" in str(error)


def test_a_broken_field_leads_to_no_problems_of_rules_that_rest_on_it() -> None:
    # With the priority mended to its example, 10, the rule would collide with another one.
    (problem,) = refusal(edited(("priority: 30", "priority: high"))).problems
    assert problem.path == ("services", "web", "routes", 0, "priority")


def test_a_misspelt_section_leads_to_no_problems_of_those_who_need_it() -> None:
    (problem,) = refusal(edited(("    queues:", "    queuess:"))).problems
    assert problem.remedy == "rename it to `queues`"


def test_a_document_that_is_no_mapping_is_refused_at_the_root() -> None:
    (problem,) = refusal("config:\n  breakwater:platform: 5\n").problems
    assert problem.location == "config.breakwater:platform"
    assert "is not a mapping" in problem.message


def test_the_order_of_the_file_does_not_matter() -> None:
    # Under Pulumi's engine mappings arrive sorted; in the simulator as the file has them.
    start, middle, end = (
        SAMPLE.index(text) for text in ("      us-east-1:\n", "      eu-west-1:\n", "    services:\n")
    )
    exchanged = SAMPLE[:start] + SAMPLE[middle:end] + SAMPLE[start:middle] + SAMPLE[end:]
    assert exchanged != SAMPLE
    assert settings_of(exchanged).model_dump_json() == settings_of(SAMPLE).model_dump_json()


def test_standbys_take_over_in_their_order_then_by_name() -> None:
    added = "".join(
        f"      {name}:\n        role: standby\n        order: {order}\n        cidr: 10.{index}.0.0/16\n"
        f"        zones: {{{name}a: 0, {name}b: 1}}\n"
        for index, (name, order) in enumerate([("us-west-2", 0), ("us-west-1", 0), ("ap-south-1", 7)], 2)
    )
    text = edited(
        ("    services:\n", added + "    services:\n"),
        ("        eu-west-1: {}\n", "        {eu-west-1: {}, us-west-1: {}, us-west-2: {}, ap-south-1: {}}\n"),
    )
    order = settings_of(text).region_order
    assert order == ("us-east-1", "eu-west-1", "us-west-1", "us-west-2", "ap-south-1")
