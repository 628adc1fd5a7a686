"""The command `reconciler`."""


def main() -> None:
    """Run the command line."""
    from reconciler.cli.app import run

    run()


if __name__ == "__main__":
    main()
