"""The web app: Gradio's one home. Pages format what the domain classes say."""
