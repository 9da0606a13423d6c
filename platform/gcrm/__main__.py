"""`python -m gcrm` is the command `gcrm`."""

import sys

from gcrm.cli import main

sys.exit(main())
