"""What PutDashboard finds wrong in a dashboard's body, which moto takes as any JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

# "Dashboard body structure and syntax", CloudWatch User Guide: least, and most where there is one.
_PLACES = {"x": (0, 23), "y": (0, None), "width": (1, 24), "height": (1, 1000)}
_WIDGETS_MAX, _ALARMS_MAX = 500, 100
# Type of a widget -> properties of which it must have one.
_REQUIRED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "metric": (("region",), ("metrics", "annotations")),
    "alarm": (("alarms",),),
    "text": (("markdown",),),
    "log": (("region",), ("query",)),
    "explorer": (("metrics",), ("labels",)),
    "custom": (("endpoint",),),
}


def wrong_in(body: str) -> list[str]:
    """Each mistake with its place; nothing where the text is no JSON at all, which moto says itself."""
    try:
        document = json.loads(body)
    except ValueError:
        return []
    widgets = document.get("widgets") if isinstance(document, dict) else None
    if not isinstance(widgets, list):
        return ["widgets: a list is required"]
    if len(widgets) > _WIDGETS_MAX:
        return [f"widgets: {len(widgets)} of {_WIDGETS_MAX} at most"]
    return [f"widgets[{number}].{wrong}" for number, widget in enumerate(widgets) for wrong in _wrong(widget)]


def _wrong(widget: Any) -> Iterator[str]:
    kind: Any = widget.get("type") if isinstance(widget, dict) else ""
    if kind not in _REQUIRED:
        yield f"type: {kind!r} is none of {', '.join(_REQUIRED)}"
        return
    for field, (least, most) in _PLACES.items():
        value = widget.get(field, least)
        if not isinstance(value, int) or value < least or (most is not None and value > most):
            yield f"{field}: {value!r} is not {least} to {most}" if most else f"{field}: {value!r} is less than {least}"
    properties = widget.get("properties")
    if not isinstance(properties, dict):
        yield "properties: required"
        return
    for alternatives in _REQUIRED[kind]:
        if not any(name in properties for name in alternatives):
            yield f"properties: {' or '.join(alternatives)} is required in a widget of type {kind}"
    if kind == "alarm" and not 1 <= len(properties.get("alarms", ())) <= _ALARMS_MAX:
        yield f"properties.alarms: {len(properties.get('alarms', ()))}; 1 to {_ALARMS_MAX} are allowed"
    if kind == "metric":
        yield from _wrong_metrics(properties.get("metrics", []))


def _wrong_metrics(metrics: Any) -> Iterator[str]:
    for number, metric in enumerate(metrics):
        at = f"properties.metrics[{number}]"
        rendering = metric[-1] if metric and isinstance(metric[-1], dict) else {}
        names = metric[:-1] if rendering else metric
        if not all(isinstance(name, str) for name in names):
            yield f"{at}: texts and, last, one object of its properties are allowed"
        elif not names and "expression" not in rendering:
            yield f"{at}: a metric or an expression is required"
        elif names and (len(names) < 2 or len(names) % 2):
            yield f"{at}: a namespace, a metric and pairs of dimensions are required"
