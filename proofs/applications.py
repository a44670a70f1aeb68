"""Public applications with mapped classes: what to install, and what to import.

None of their code is kept here.
"""

from __future__ import annotations

from typing import NamedTuple


class Application(NamedTuple):
    requirements: tuple[str, ...]
    modules: tuple[str, ...]
    """Importing them maps the classes."""


APPLICATIONS = {
    "apache-airflow": Application(
        ("apache-airflow-core",), ("airflow.models.backfill", "airflow.models.dagrun")
    ),
    "galaxy-data": Application(("galaxy-data",), ("galaxy.model",)),
    "jupyterhub": Application(("jupyterhub",), ("jupyterhub.orm",)),
    "keystone": Application(
        ("keystone",),
        (
            "keystone.assignment.backends.sql",
            "keystone.catalog.backends.sql",
            "keystone.credential.backends.sql",
            "keystone.federation.backends.sql",
            "keystone.identity.backends.sql",
            "keystone.resource.backends.sql",
        ),
    ),
    "mlflow": Application(
        ("mlflow-skinny", "alembic", "numpy", "pandas", "sqlalchemy"),
        (
            "mlflow.store.tracking.dbmodels.models",
            "mlflow.store.model_registry.dbmodels.models",
        ),
    ),
    "optuna": Application(("optuna",), ("optuna.storages._rdb.models",)),
    "prefect": Application(("prefect",), ("prefect.server.database.orm_models",)),
}
