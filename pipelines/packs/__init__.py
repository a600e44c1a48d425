"""Meeting packs: what the pages say, as slides, as a workbook and on paper."""
