"""What RDS for PostgreSQL takes: versions, storage, windows, replicas, backups. Pure; read by settings and components.

From the RDS User Guide unless a line says otherwise.
"""

ENGINE_VERSIONS = ("14", "15", "16", "17", "18")
"""Major versions in standard support. All classes of the table run them, and their replicas can be backed up, which
PostgreSQL 13's cannot."""

# gp3 storage of PostgreSQL: below the threshold IOPS and throughput are fixed at 3,000 and 125 MiB/s.
STORAGE_MIN_GIB, STORAGE_MAX_GIB, STRIPED_FROM_GIB = 20, 65_536, 400
IOPS_MIN, IOPS_MAX = 12_000, 64_000
THROUGHPUT_MIN_MIBPS, THROUGHPUT_MAX_MIBPS = 500, 4_000
THROUGHPUT_PER_IOPS = 0.25
# Storage autoscaling grows by a tenth at least.
AUTOSCALING_FACTOR = 1.1

PORT_MIN, PORT_MAX = 1_150, 65_535
MONITORING_SECONDS = (1, 5, 10, 15, 30, 60)
WINDOW_MIN_MINUTES = 30
BACKUP_DAYS_MAX = 35
# A subnet group must cover two zones, also for an instance in one.
ZONES_MIN = 2

# Of one source; "due to the limit on the number of access control list entries" no more across regions are guaranteed.
REPLICAS_MAX, REMOTE_REPLICAS_MAX = 15, 5

# A proxy whose pool has fewer connections than this shows bad effects.
PROXY_POOL_MIN = 30
BORROW_MAX_SECONDS = 300
IDLE_CLIENT_MAX_SECONDS = 28_800
