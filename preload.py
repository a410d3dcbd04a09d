"""Flags of the webui's command line that Parallax adds."""


def preload(parser):
    parser.add_argument(
        "--parallax-models-path",
        metavar="DIR",
        default=None,
        help="where Parallax keeps weights (default: Parallax in the webui's models folder)",
    )
    parser.add_argument(
        "--parallax-output-dir",
        metavar="DIR",
        default=None,
        help="where Parallax keeps jobs and results (default: parallax in the webui's output folder)",
    )
