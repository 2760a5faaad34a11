"""A CloudWatch dashboard: graphs and states of alarms of one region, or of several side by side.

Children: the dashboard.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components._dashboard_body import AlarmList, Graph, Level, Line, Section, dashboard_body, is_empty

__all__ = ["AlarmList", "Dashboard", "DashboardArgs", "Graph", "Level", "Line", "Section"]

# PutDashboard, API reference.
NAME_MAX = 255
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class DashboardArgs:
    """What a dashboard shows."""

    dashboard_name: str
    """Physical name, up to 255 letters, digits, hyphens and underscores. Unique in the account: dashboards belong to no
    region, and another one of that name would be overwritten."""
    title: str
    """What stands at its top."""
    region: str
    """Region of metrics that name none."""
    sections: Sequence[Section]
    """Headings with graphs and lists of alarms."""

    def __post_init__(self) -> None:
        if len(self.dashboard_name) > NAME_MAX or not _NAME.fullmatch(self.dashboard_name):
            raise ValueError(f"dashboard_name: {self.dashboard_name!r}; give up to {NAME_MAX} letters, digits, - and _")
        if is_empty(self.sections):
            raise ValueError("sections: there is nothing to show; leave the dashboard out instead")
        dashboard_body(self.title, self.sections, self.region)


class Dashboard(pulumi.ComponentResource):
    """A dashboard. USD 3 a month; metrics and alarms that it shows cost nothing more.

    Leaves out logs: a dashboard asks for what it shows again and again, and each question about logs is billed by what
    it reads.
    """

    dashboard_name: str
    """Physical name."""

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:dashboard:Dashboard", name, None, opts)
        body = dashboard_body(args.title, args.sections, args.region)
        cloudwatch.Dashboard(
            name,
            dashboard_name=args.dashboard_name,
            dashboard_body=pulumi.Output.json_dumps(body, sort_keys=True, separators=(",", ":")),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.dashboard_name = args.dashboard_name
        self.register_outputs({"dashboard_name": self.dashboard_name})
