"""The commands and their options; what they do is in the modules beside this one, imported when needed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from course_utils.cli import collecting  # with its commands, the group is whole

PASS_THROUGH = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="course-utils", message="course-utils %(version)s")
def app() -> None:
    """The deep-learning course: open it, run it, test it, look after it."""


app.add_command(collecting.classroom)


class LabCommand(click.Command):
    """A command that says how to reach JupyterLab's own options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as usual; an unknown option is an error, for it may be a mistyped one of ours."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            message = (
                f"{error.message} JupyterLab's own options come after two dashes:  course lab -- --debug\n"
            )
            raise click.NoSuchOption(
                error.option_name, message, possibilities=error.possibilities, ctx=error.ctx
            ) from error


@app.command(cls=LabCommand)
@click.option("--browser/--no-browser", default=True, help="Open the web browser by itself.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the server; else the first free from 8888."
)
@click.option("--ip", default="localhost", show_default=True, help="Address to listen on.")
@click.argument("jupyter_options", nargs=-1, type=click.UNPROCESSED)
def lab(browser: bool, port: int | None, ip: str, jupyter_options: tuple[str, ...]) -> None:
    """Open the lessons in JupyterLab. Its own options come after two dashes:  course lab -- --debug"""
    from course_utils.cli import lab as module

    sys.exit(module.start(port=port, ip=ip, open_browser=browser, jupyter_options=jupyter_options))


@app.command()
@click.argument("lessons", nargs=-1)
@click.option(
    "-p", "parameters", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter of a lesson."
)
@click.option("--html", is_flag=True, help="Write a web page beside each executed notebook.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("output"), show_default=True)
def run(lessons: tuple[str, ...], parameters: tuple[tuple[str, str], ...], html: bool, out: Path) -> None:
    """Execute LESSONS from top to bottom (all when none is named) and keep the results in a folder."""
    from course_utils.cli import run as module

    sys.exit(module.run(lessons, dict(parameters), out=out, html=html))


@app.command(context_settings=PASS_THROUGH)
@click.argument("pytest_options", nargs=-1, type=click.UNPROCESSED)
def test(pytest_options: tuple[str, ...]) -> None:
    """Run the tests. Options and paths go to pytest."""
    from course_utils.cli import testing

    sys.exit(testing.run(list(pytest_options)))


@app.command()
def doctor() -> None:
    """Look over this machine and say what to mend."""
    from course_utils.cli import doctor as module

    sys.exit(module.examine())


@app.group()
def notebooks() -> None:
    """Keep the notebooks in the form that git and the tests expect."""
    from course_utils.cli import project

    project.require_notebooks()


@notebooks.command("format")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def notebooks_format(paths: tuple[Path, ...]) -> None:
    """Put notebooks into canonical form (all when none is named)."""
    from course_utils.cli import notebooks as module

    failed = False
    for path in paths or module.find():
        try:
            if module.rewrite(path):
                click.echo(f"put right: {module.short(path)}")
        except (OSError, ValueError) as error:
            failed = True
            click.echo(f"{module.short(path)} stays as it is: {error}", err=True)
    sys.exit(int(failed))


@notebooks.command("check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def notebooks_check(paths: tuple[Path, ...]) -> None:
    """Say what is not in canonical form; exit code 1 when there is anything."""
    from course_utils.cli import notebooks as module

    found = [(path, fault) for path in paths or module.find() for fault in module.faults(path)]
    for path, fault in found:
        click.echo(f"{module.short(path)}: {fault}")
    if found:
        click.echo("`course notebooks format` mends what can be mended by itself.")
    sys.exit(1 if found else 0)
