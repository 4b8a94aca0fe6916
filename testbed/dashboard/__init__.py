"""The dashboard of the operator: its panels, Grafana's file of them, and a picture."""
