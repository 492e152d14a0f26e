"""Names the packages: `analisa` is `src`, `analisa.migrations` is `migrations`; the rest is in pyproject.toml."""

from setuptools import find_packages, setup

setup(
    packages=[
        "analisa",
        *(f"analisa.{name}" for name in find_packages("src")),
        "analisa.migrations",
        "analisa.migrations.versions",
    ]
)
