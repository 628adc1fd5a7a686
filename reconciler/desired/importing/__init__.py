"""What a tenant holds, as desired state: what the files have to say so that a plan has nothing to do."""
