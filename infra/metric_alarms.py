"""From the settings to alarms on the programs' own metrics."""

import pulumi

from components._metric_alarms import MetricAlarm
from components.alarms import Alarms, AlarmsArgs
from infra.environment import telemetry_namespace
from infra.place import Place
from infra.settings.observability import metric_alarm


def metric_alarms(at: Place) -> dict[str, MetricAlarm]:
    """By name, each with the namespace of its program or its own."""
    return {
        key: metric_alarm(alarm, alarm.namespace or f"{telemetry_namespace()}/{alarm.program}")
        for key, alarm in at.settings.metric_alarms.items()
    }


def create_metric_alarms(at: Place, opts: pulumi.ResourceOptions) -> Alarms:
    """The region's; a standby has them too, because its tasks run."""
    definitions = [alarm.definition(key) for key, alarm in metric_alarms(at).items()]
    return Alarms(at.name("metric-alarms"), AlarmsArgs(target=at.alarms, definitions=definitions), opts=opts)
