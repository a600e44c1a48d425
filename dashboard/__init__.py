"""From a number to a person: the Streamlit app."""
