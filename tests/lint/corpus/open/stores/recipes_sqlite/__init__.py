from .store import RecipeContext, RecipeStore

__all__ = ["RecipeContext", "RecipeStore"]
