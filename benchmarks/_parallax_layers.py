def layers_table():
    return [{"todo": 0}]
