"""What AWS allows in a load balancer's rules (Elastic Load Balancing API reference, CreateRule; user guide)."""

PRIORITY_MAX = 50_000
VALUES_PER_CONDITION, VALUES_PER_RULE = 3, 5
PATTERN_MAX = 128
