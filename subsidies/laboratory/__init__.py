"""The laboratory (政策推演): what happened, replayed under rules that might have been. It moves nothing and names nobody."""
