"""The pages, one file each: filters, names of metrics, layout.

Not called `pages`: Streamlit runs the files of a folder of that name by themselves.
"""
