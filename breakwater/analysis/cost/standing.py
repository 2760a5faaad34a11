"""What costs something by time because of who reads and writes what: empty polls of queues, their data keys."""

from collections.abc import Iterator

from breakwater.analysis.cost.item import Item, Line, items
from breakwater.analysis.limits import limit
from breakwater.analysis.model import Platform, Queue, Region
from breakwater.analysis.prices import HOURS
from breakwater.analysis.properties import QUEUE, below, known, number
from breakwater.graph import Resource

_SECONDS = HOURS * 3_600


def standing_costs(platform: Platform) -> list[Item]:
    """Of all queues in all regions, at most: a poll that brings a message is that message's."""
    found = list[Item]()
    for region in platform.regions:
        for queue in region.queues:
            component = platform.graph.by_urn[queue.urn]
            own = [r for r in below(component, platform.graph) if r.type == QUEUE]
            main = next((r for r in own if r.name == component.name), own[0] if own else component)
            lines = [*_polls(region, queue, main), *_keys(region, queue, main)]
            found += items(main, lines, platform.graph)
    return found


def _polls(region: Region, queue: Queue, main: Resource) -> Iterator[Line]:
    """One poll at a time of each task that reads the queue."""
    readers = [w for w in region.workers if w.queue == queue.name]
    wait = number(known(main, "receiveWaitTimeSeconds"))
    if not readers:
        return
    if not wait:
        yield Line("sqs", "unknown_polls", 1)
        return
    kind = "fifo" if queue.fifo else "standard"
    least, most = (sum(counts) * _SECONDS / wait / 1_000_000 for counts in _tasks(region, queue))
    yield Line("sqs", f"{kind}_requests_million", least, most, "derived")


def _tasks(region: Region, queue: Queue) -> tuple[list[int], list[int]]:
    readers = [w for w in region.workers if w.queue == queue.name]
    return [w.minimum for w in readers], [w.maximum for w in readers]


def _keys(region: Region, queue: Queue, main: Resource) -> Iterator[Line]:
    """AWS asks the key once in each period for who reads and twice for who writes, as its documentation estimates."""
    if not known(main, "kmsMasterKeyId"):
        return
    reuse = number(known(main, "kmsDataKeyReusePeriodSeconds")) or limit("sqs", "data_key_reuse_default_s").value
    writers = sum(queue.name in w.produces for w in region.workloads)
    readers = sum(w.queue == queue.name for w in region.workers)
    yield Line("kms", "requests_10k", _SECONDS / reuse * (2 * writers + readers) / 10_000, None, "derived")
