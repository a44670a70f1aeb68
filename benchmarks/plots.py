"""The plots of the documentation, as SVG."""

# matplotlib is in the environment of the benchmarks only.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from .load import LoadMeasurement
from .measuring import Results
from .report import DATABASES, contestants_of
from .targets import BASELINE, OURS, ratio
from .workloads import SIZE, SIZES, WORKLOADS

ACCENT, GREY, TEXT = "#3f51b5", "#a9aeb8", "#808691"
MARKERS = "ov^s<D>pPX"

STYLE = {
    "svg.fonttype": "none",  # text stays text: small, and in the reader's font
    "svg.hashsalt": "benchmarks",  # the same ids each time
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # Legible on a light and on a dark page.
    **dict.fromkeys(
        (
            "text.color",
            "axes.labelcolor",
            "axes.edgecolor",
            "xtick.color",
            "ytick.color",
        ),
        TEXT,
    ),
}


def draw(results: Results, load: list[LoadMeasurement], folder: Path) -> None:
    """Write every plot into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        for database in DATABASES:
            if contestants_of(results, database):
                _draw_ratios(results, database, folder)
                _draw_sizes(results, database, folder)
        if load:
            _draw_load(load, folder)


@contextmanager
def _figure(path: Path, width: float, height: float) -> Iterator[Figure]:
    figure = Figure((width, height), layout="constrained")
    yield figure
    figure.savefig(path, transparent=True, metadata={"Date": None})


def _color(name: str) -> str:
    return ACCENT if name.startswith(OURS) else GREY


def _draw_ratios(results: Results, database: str, folder: Path) -> None:
    with _figure(folder / f"ratios-{database}.svg", 10, 11) as figure:
        axes = list(figure.subplots(-(-len(WORKLOADS) // 2), 2).flat)
        for axis, workload in zip(axes, WORKLOADS, strict=False):
            _draw_ratio(axis, results, database, workload)
        for axis in axes[len(WORKLOADS) :]:
            axis.axis("off")


def _draw_ratio(axis: Any, results: Results, database: str, workload: Any) -> None:
    axis.set_title(workload.title, fontsize=10, loc="left")
    baseline = results.find(BASELINE, workload.name, database, SIZE)
    if baseline is None:
        return
    bars = {}
    for name in reversed(contestants_of(results, database)):
        if measurement := results.find(name, workload.name, database, SIZE):
            bars[name] = ratio(measurement, baseline)
    drawn = axis.barh(list(bars), list(bars.values()), color=list(map(_color, bars)))
    axis.bar_label(drawn, fmt="%.2f", padding=3, fontsize=8)
    axis.axvline(1, color=TEXT, linewidth=0.8, linestyle=":")
    axis.margins(x=0.12)
    axis.tick_params(axis="y", length=0)


def _draw_sizes(results: Results, database: str, folder: Path) -> None:
    sized = [workload for workload in WORKLOADS if workload.sized]
    with _figure(folder / f"sizes-{database}.svg", 10, 4.5) as figure:
        axes = figure.subplots(1, len(sized))
        for axis, workload in zip(axes, sized, strict=True):
            axis.set_title(workload.title, fontsize=10, loc="left")
            axis.set_xlabel("posts")
            axis.set_xscale("log")
            axis.set_yscale("log")
            for name, marker in zip(
                contestants_of(results, database), MARKERS * 2, strict=False
            ):
                found = {
                    posts: measurement.median / posts * 1e6
                    for posts in SIZES
                    if (
                        measurement := results.find(
                            name, workload.name, database, posts
                        )
                    )
                }
                if found:
                    axis.plot(
                        list(found),
                        list(found.values()),
                        marker=marker,
                        markersize=4,
                        color=_color(name),
                        linewidth=2 if name == OURS else 1,
                        label=name,
                    )
        axes[0].set_ylabel("µs for each post")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)


def _draw_load(load: list[LoadMeasurement], folder: Path) -> None:
    groups = list(dict.fromkeys((item.database, item.workload) for item in load))
    with _figure(folder / "load.svg", 10, 2.2 * len(groups)) as figure:
        axes = figure.subplots(len(groups), 2, squeeze=False)
        for (database, workload), (rate, latency) in zip(groups, axes, strict=True):
            items = [
                item
                for item in reversed(load)
                if (item.database, item.workload) == (database, workload)
            ]
            names = [item.contestant for item in items]
            colors = list(map(_color, names))
            title = f"{DATABASES[database]}, {workload}"
            rate.set_title(f"{title}: requests per second", fontsize=10, loc="left")
            bars = rate.barh(
                names, [item.requests_per_second for item in items], color=colors
            )
            rate.bar_label(bars, fmt="%.0f", padding=3, fontsize=8)
            latency.set_title("p50 and, pale, p99 in ms", fontsize=10, loc="left")
            latency.barh(
                names, [item.p99 * 1000 for item in items], color=colors, alpha=0.35
            )
            latency.barh(names, [item.p50 * 1000 for item in items], color=colors)
            latency.set_yticks([])
            for axis in (rate, latency):
                axis.margins(x=0.12)
                axis.tick_params(axis="y", length=0)
