"""The columns of Tables 4.1 to 4.4: those of any network's summary, and what the thesis prints beside its output."""

from minode.nn.summary import HEADER

OUTPUT = HEADER.index("output")
IN_THESIS = OUTPUT + 1
COLUMNS = (*HEADER[:IN_THESIS], "output in the thesis", *HEADER[IN_THESIS:])
# In the thesis' column, of a layer that it leaves out.
ABSENT = "(no row)"
# Channels of the images, and classes, that the tables are of.
SHOWN = (3, 10)
