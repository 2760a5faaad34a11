"""A review for people and programs: Markdown for a comment, a page, JSON, and annotations of the lines that do it."""

from breakwater.review.rendering.github import annotations
from breakwater.review.rendering.json_report import report_schema, to_json
from breakwater.review.rendering.markdown import LIMIT, render_markdown
from breakwater.review.rendering.page import render_html

__all__ = ["LIMIT", "annotations", "render_html", "render_markdown", "report_schema", "to_json"]
