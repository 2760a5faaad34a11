"""What services and workers can have by choice: the arguments for it."""

from components._connect import ServiceConnect
from components._execute_command import Sessions
from components._needs import BucketNeed
from components._scheduled_scaling import ScheduledTasks
from components._telemetry import Telemetry

__all__ = ["BucketNeed", "ScheduledTasks", "ServiceConnect", "Sessions", "Telemetry"]
